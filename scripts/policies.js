// Writes the measured table of docs/policies.md: every policy on every scene of examples/scenes (compiled before).
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { loadScene } = await import('../dist/src/config/scene-load.js');
const { simulatePolicies } = await import('../dist/src/engine/simulate.js');
const { CHOOSER_NAMES } = await import('../dist/src/model/plan.js');
const { formatDuration } = await import('../dist/src/model/duration.js');

const percent = ({ success }) => `${(success * 100).toFixed(2)} %`;
const p99 = ({ p99Ms }) => formatDuration(p99Ms);
export const COLUMNS = [
	['slow', percent],
	['dead', percent],
	['dead-ejected', percent],
	['frozen', percent],
	['queue', p99],
	['queue-clients', p99],
];

const found = new Map(CHOOSER_NAMES.map((policy) => [policy, []]));
for (const [name, show] of COLUMNS) {
	const { policies } = simulatePolicies(await loadScene(fileURLToPath(new URL(`../examples/scenes/${name}.yaml`, import.meta.url)), {}));
	for (const each of policies) found.get(each.policy).push(show(each));
}
const rows = [
	`| policy | ${COLUMNS.map(([name]) => name).join(' | ')} |`,
	`|---|${COLUMNS.map(() => '---:|').join('')}`,
	...[...found].map(([policy, cells]) => `| \`${policy}\` | ${cells.join(' | ')} |`),
];
const page = new URL('../docs/policies.md', import.meta.url);
const text = readFileSync(page, 'utf8');
writeFileSync(page, text.replace(/(<!-- measured -->\n)[\s\S]*?(<!-- end -->)/, `$1${rows.join('\n')}\n$2`));
