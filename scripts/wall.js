// Writes the wall of rooms into biome.json: imports go only to the left (docs/architecture.md). `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';

const PURE = ['model', 'wire', 'detectors', 'policies', 'resilience', 'workload', 'simulator', 'ledger', 'checks', 'report'];
const EFFECTS = [
	'platform',
	'terminal',
	'control',
	'custody',
	'systems',
	'probes',
	'discovery',
	'proxy',
	'cluster',
	'traffic',
	'subjects',
	'faults',
	'recovery',
];
const TOP = ['config', 'engine', 'commands'];
const rooms = [...PURE, ...EFFECTS, ...TOP];
const toolkit = { '@oclif/core': ['commands'], chalk: ['terminal'], ora: ['terminal'], 'cli-table3': ['terminal'] };

const overrides = rooms.map((room, i) => {
	const group = rooms.slice(i + 1).map((later) => `**/${later}/**`);
	group.push('**/base-command.js', '**/index.js/**');
	if (room === 'commands') group.length = 0;
	for (const [name, allowed] of Object.entries(toolkit)) if (!allowed.includes(room)) group.push(name);
	if (PURE.includes(room)) group.push('node:*', 'undici', 'execa', 'yaml');
	const message = PURE.includes(room) ? 'pure room: imports go only to the left, and nothing from node' : 'imports go only to the left (docs/architecture.md)';
	return {
		includes: [`src/${room}/**`],
		linter: { rules: { style: { noRestrictedImports: { level: 'error', options: { patterns: [{ group: group.length ? group : ['__none__'], message }] } } } } },
	};
});

const path = new URL('../biome.json', import.meta.url);
const config = JSON.parse(readFileSync(path, 'utf8'));
const rest = (config.overrides ?? []).filter((o) => !/^src\/[a-z]+\/\*\*$/.test(o.includes?.[0] ?? ''));
const next = `${JSON.stringify({ ...config, overrides: [...overrides, ...rest] }, null, '\t')}\n`;
if (process.argv.includes('--check')) {
	if (JSON.stringify(JSON.parse(next)) !== JSON.stringify(config)) {
		console.error('biome.json does not hold the wall of scripts/wall.js: run node scripts/wall.js');
		process.exit(1);
	}
} else writeFileSync(path, next);
