import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ProbeFlags, ProbeIo } from './probe-main.js';
import type { RankFlags } from './rank-main.js';

interface ManifestFlag {
	type: 'boolean' | 'option';
	char?: string;
	multiple?: boolean;
	default?: unknown;
	options?: string[];
}

/** Flags whose values are whole numbers: the manifest does not say so, but their defaults, or this list, do. */
const NUMBERS = new Set(['count', 'seed', 'follow', 'max-body', 'warn-days', 'clients', 'max-lag']);

/**
 * Loading oclif takes longer than a probe of a healthy endpoint: this reads the command line of `probe` (or `rank`) by
 * the same manifest. What it does not understand at once (help, a wrong flag) returns null: oclif has the words for that.
 */
export const readProbe = (root: URL, typed: readonly string[], id = 'probe'): { targets: string[]; flags: ProbeFlags } | null => {
	if (typed.includes('--help') || typed.includes('-h')) return null;
	const manifest = JSON.parse(readFileSync(new URL('oclif.manifest.json', root), 'utf8')) as {
		commands: Record<string, { flags: Record<string, ManifestFlag> }>;
	};
	const known = manifest.commands[id]?.flags;
	if (!known) return null;
	try {
		const { values, positionals } = parseArgs({
			args: [...typed],
			allowPositionals: true,
			strict: true,
			options: Object.fromEntries(
				Object.entries(known).map(([name, { type, char, multiple }]) => [
					name,
					{ type: type === 'boolean' ? ('boolean' as const) : ('string' as const), ...(char && { short: char }), ...(multiple && { multiple }) },
				]),
			),
		});
		const flags: Record<string, unknown> = {};
		for (const [name, value] of Object.entries(values)) {
			const { options } = known[name] as ManifestFlag;
			if (options && !options.includes(String(value))) return null;
			if (NUMBERS.has(name) && !/^-?\d+$/.test(String(value))) return null;
			flags[name] = NUMBERS.has(name) ? Number(value) : value;
		}
		return positionals.length === 0 ? null : { targets: positionals, flags };
	} catch {
		return null;
	}
};

type Main = (targets: string[], flags: ProbeFlags, io: ProbeIo) => Promise<{ exit: number }>;

const MAINS: Readonly<Record<string, () => Promise<Main>>> = {
	probe: async () => (await import('./probe-main.js')).probeMain,
	rank: async () => {
		const { rankMain } = await import('./rank-main.js');
		return (targets, flags, io) => rankMain(targets, flags as RankFlags, io);
	},
};

/** `daruma probe` and `daruma rank` without oclif. False: let oclif do it. */
export const quickStart = async (root: URL, [id = '', ...typed]: readonly string[]): Promise<boolean> => {
	const main = Object.hasOwn(MAINS, id) ? MAINS[id] : undefined;
	const read = main ? readProbe(root, typed, id) : null;
	if (!main || !read) return false;
	const abort = new AbortController();
	const hear = (signal: NodeJS.Signals): void => {
		if (abort.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
		abort.abort(signal);
	};
	process.on('SIGINT', hear).on('SIGTERM', hear);
	for (const stream of [process.stdout, process.stderr]) {
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code !== 'EPIPE') throw error;
		});
	}
	try {
		const run = await main();
		process.exitCode = (await run(read.targets, read.flags, { stdout: process.stdout, stderr: process.stderr, signal: abort.signal })).exit;
	} catch (error) {
		const { tellError } = await import('./base-command.js');
		await tellError(error, typed);
	}
	return true;
};
