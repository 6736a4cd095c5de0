import { readFileSync } from 'node:fs';

/** Commands in the order in which people meet them; a command that is missing here goes under "more". */
const GROUPS: readonly [title: string, ids: readonly string[]][] = [
	['knock it down, see whether it gets up', ['demo', 'init', 'verify']],
	['break a cluster by hand', ['cluster:up', 'cluster:status', 'cluster:logs', 'cluster:down', 'inject', 'heal']],
	['ask endpoints how they are', ['probe', 'rank', 'watch', 'mesh', 'discover']],
	['bring back what is down', ['recover']],
	['look at a run again', ['judge', 'report', 'explain', 'runs:ls', 'runs:prune']],
	['choose how to balance', ['simulate']],
	["break the network between: a fault proxy with Toxiproxy's API", ['proxy:serve', 'proxy:create', 'proxy:toxic:add']],
	['the machine and the shell', ['doctor', 'completion']],
];

interface Manifest {
	version: string;
	commands: Record<string, { summary?: string; hidden?: boolean }>;
}

const read = (root: URL): Manifest => JSON.parse(readFileSync(new URL('oclif.manifest.json', root), 'utf8')) as Manifest;

/**
 * `daruma`, `daruma --help`: the page that teaches by example, straight from the manifest. oclif is not loaded for it,
 * since its import alone costs more than all the rest of such a start.
 */
export const frontPage = (root: URL): string => {
	const { commands } = read(root);
	const grouped = new Set(GROUPS.flatMap(([, ids]) => ids));
	// The other verbs are on `daruma proxy --help` and `daruma cluster --help`.
	const rest = Object.keys(commands).filter((id) => !grouped.has(id) && !commands[id]?.hidden && !/^(proxy|cluster):/.test(id));
	const groups = [...GROUPS, ['more', rest] as const].filter(([, ids]) => ids.some((id) => commands[id]));
	const width = Math.max(...Object.keys(commands).map((id) => id.length));
	const lines = groups.flatMap(([title, ids]) => [
		title.toUpperCase(),
		...ids.filter((id) => commands[id]).map((id) => `  ${id.replaceAll(':', ' ').padEnd(width)}  ${commands[id]?.summary ?? ''}`),
		'',
	]);
	return `daruma: knock a cluster down; verify that it gets back up.

${lines.join('\n')}
EXAMPLES
  $ daruma demo
  $ daruma verify --subject nginx --faults kill,freeze,blackhole,crash
  $ daruma verify --subject ./nginx.conf --expect 'availability >= 99%'
  $ daruma COMMAND --help

EXIT CODES
  0 all held · 1 a check failed · 2 usage or configuration · 3 inconclusive
  4 the stage could not be set · 5 unsafe target · 6 run daruma heal · 130/143 interrupted, healed
`;
};

export const versionLine = (root: URL): string => `daruma/${read(root).version} ${process.platform}-${process.arch} node-${process.version}\n`;
