import { formatDuration } from '../../model/duration.js';
import { byName, HERE, type Matrix, stateIn } from './matrix.js';
import type { Finding, MeshEndpoint } from './result.js';

/** Groups of `names` that `linked` holds together. */
const groupsBy = (names: readonly string[], linked: (a: string, b: string) => boolean): string[][] => {
	const left = new Set(names);
	const groups: string[][] = [];
	for (const first of names) {
		if (!left.delete(first)) continue;
		const group = [first];
		for (const each of group) {
			for (const other of left) {
				if (!linked(each, other)) continue;
				left.delete(other);
				group.push(other);
			}
		}
		groups.push(group.sort(byName));
	}
	return groups.sort((a, b) => b.length - a.length || byName(a[0] as string, b[0] as string));
};

const isUp = (state: string): boolean => state === 'up' || state === 'warning';

/** Nodes that told their views, in groups that see each other up in both directions. What is not known yet parts nobody. */
export const componentsOf = (matrix: Matrix): string[][] => {
	const nodes = matrix.vantages.filter(({ heard, at }) => heard && at !== null).map(({ vantage }) => vantage);
	const apart = (a: string, b: string): boolean => stateIn(matrix, a, b) === 'down' || stateIn(matrix, b, a) === 'down';
	return groupsBy([...nodes].sort(byName), (a, b) => !apart(a, b));
};

const and = (names: readonly string[]): string => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);
const sees = (names: readonly string[]): string => {
	const known = names.filter((name) => name !== HERE);
	const all = names.includes(HERE) ? [...known, 'we'] : known;
	return `${and(all)} ${all.length === 1 && all[0] !== 'we' ? 'sees' : 'see'}`;
};

/** How those beside a pair see it: "n3 sees both up". */
const others = (matrix: Matrix, a: string, b: string): string => {
	const groups = new Map<string, string[]>();
	for (const vantage of matrix.fields.keys()) {
		if (vantage === a || vantage === b) continue;
		const [one, two] = [stateIn(matrix, vantage, a), stateIn(matrix, vantage, b)];
		if (one === 'unknown' || two === 'unknown') continue;
		const words = one === two ? `both ${one}` : `${a} ${one} and ${b} ${two}`;
		groups.set(words, [...(groups.get(words) ?? []), vantage]);
	}
	return [...groups].map(([words, names]) => `; ${sees(names)} ${words}`).join('');
};

const since = (matrix: Matrix, vantage: string, endpoint: string): string => {
	const ms = matrix.fields.get(vantage)?.get(endpoint)?.sinceMs;
	return ms === null || ms === undefined ? '' : ` for ${formatDuration(ms < 1000 ? Math.round(ms) : Math.round(ms / 100) * 100)}`;
};

const ofPairs = (matrix: Matrix, parted: (a: string, b: string) => boolean, explained: Set<string>): Finding[] => {
	const found: Finding[] = [];
	const { endpoints } = matrix;
	for (const [i, a] of endpoints.entries()) {
		for (const b of endpoints.slice(i + 1)) {
			const [there, back] = [stateIn(matrix, a, b), stateIn(matrix, b, a)];
			const tell = (kind: 'asymmetric' | 'cut', x: string, y: string, text: string): void => {
				explained.add(`${x}\n${y}`);
				if (kind === 'cut') explained.add(`${y}\n${x}`);
				found.push({ kind, verdict: 'fail', names: [x, y], text: `${text}${others(matrix, x, y)}` });
			};
			const one = (x: string, y: string): void => tell('asymmetric', x, y, `${x} sees ${y} down${since(matrix, x, y)}, ${y} sees ${x} up`);
			if (there === 'down' && isUp(back)) one(a, b);
			else if (back === 'down' && isUp(there)) one(b, a);
			else if (there === 'down' && back === 'down') {
				// A partition says it once for all of its pairs.
				if (parted(a, b)) {
					explained.add(`${a}\n${b}`).add(`${b}\n${a}`);
				} else tell('cut', a, b, `${a} and ${b} see each other down${since(matrix, a, b)}`);
			}
		}
	}
	return found;
};

/** What is wrong in a matrix, the worst first; every sentence names whom it is about. Pure. */
export const findingsOf = (matrix: Matrix, decided: readonly MeshEndpoint[], components: readonly string[][]): Finding[] => {
	const found: Finding[] = [];
	const down = decided.filter(({ state }) => state === 'down');
	const isDown = (endpoint: string): boolean => down.some((each) => each.endpoint === endpoint);
	const alive = new Set(components.flat());
	const group = (name: string): number => components.findIndex((each) => each.includes(name));
	if (components.length > 1) {
		const text = `partition: ${components.map((each) => each.join(', ')).join(' | ')} see each other only within their groups`;
		found.push({ kind: 'partition', verdict: 'fail', names: components.flat(), text });
	}
	for (const { endpoint, why } of down) {
		const but = alive.has(endpoint) ? ', although it tells its own views' : '';
		found.push({ kind: 'down', verdict: 'fail', names: [endpoint], text: `${endpoint} is down: ${why}${but}` });
	}
	const explained = new Set<string>();
	const parted = (a: string, b: string): boolean => group(a) >= 0 && group(b) >= 0 && group(a) !== group(b);
	found.push(...ofPairs(matrix, parted, explained));
	for (const { endpoint, state, why, up, down: seers } of decided) {
		if (state === 'unknown') {
			found.push({ kind: 'unknown', verdict: 'inconclusive', names: [endpoint], text: `${endpoint}: ${why}` });
		}
		const against = isDown(endpoint) ? up : seers;
		for (const vantage of against) {
			// A partition explains what its nodes think of each other, and that we reach nodes of both sides.
			const within = components.length > 1 && alive.has(endpoint) && (vantage === HERE || alive.has(vantage));
			if (within || explained.has(`${vantage}\n${endpoint}`)) continue;
			const rest = isDown(endpoint) ? seers : up;
			const word = isDown(endpoint) ? ['up', 'down'] : ['down', 'up'];
			const beside = rest.length > 0 ? `, ${sees(rest)} it ${word[1]}` : '';
			found.push({
				kind: 'differs',
				verdict: 'fail',
				names: [vantage, endpoint],
				text: `${sees([vantage])} ${endpoint} ${word[0]}${since(matrix, vantage, endpoint)}${beside}`,
			});
		}
	}
	for (const { vantage, heard, why } of matrix.vantages) {
		if (heard || isDown(vantage)) continue;
		found.push({ kind: 'silent', verdict: 'inconclusive', names: [vantage], text: `${vantage} did not tell what it sees: ${why}` });
	}
	for (const name of matrix.twice) {
		found.push({ kind: 'twice', verdict: 'inconclusive', names: [name], text: `two vantage points call themselves ${name}: give them names, as NAME=URL` });
	}
	return found;
};
