import { entryAt, parsePlace } from './entry.js';
import type { Placed } from './nginx-files.js';
import type { Listed } from './source.js';

const every = function* (placed: readonly Placed[]): Generator<Placed> {
	for (const each of placed) {
		yield each;
		yield* every(each.children);
	}
};

/** The upstream's block; without a name the only one that there is. Throws what is wrong. */
export const findUpstream = (conf: readonly Placed[], wanted: string | null, where: string): Placed => {
	const all = [...every(conf)].filter(({ directive }) => directive.name === 'upstream' && directive.block);
	const names = [...new Set(all.map(({ directive }) => directive.args[0] ?? ''))];
	const found = all.filter(({ directive }) => wanted === null || directive.args[0] === wanted);
	if (found.length === 1) return found[0] as Placed;
	const there = names.length === 0 ? 'it has no upstream' : `it has ${names.join(', ')}`;
	if (found.length === 0) throw new Error(`${where}: there is no upstream ${wanted === null ? 'block' : wanted}; ${there}`);
	throw new Error(`${where}: ${wanted === null ? 'name one of its upstreams' : `upstream ${wanted} is there ${found.length} times`}; ${there}`);
};

/** The servers of an upstream, as nginx would read them (ngx_http_upstream_server). Throws what is wrong, with file and line. */
export const readUpstream = ({ directive: upstream, file, children }: Placed): { entries: Listed[]; note?: string } => {
	const entries: Listed[] = [];
	const unlisted: string[] = [];
	for (const { directive, file } of children) {
		if (directive.name !== 'server') continue;
		const [address = '', ...words] = directive.args;
		const wrong = (why: string): Error => new Error(`${file}:${directive.line}: ${why} in upstream ${upstream.args[0]}`);
		if (address === '') throw wrong('server without an address');
		if (words.some((word) => word.startsWith('service='))) {
			unlisted.push(`${address}: its port is in the DNS (${words.find((word) => word.startsWith('service='))}), follow srv://`);
			continue;
		}
		const place = parsePlace(address, 80);
		if (!place) throw wrong(`expected an address, found ${JSON.stringify(address)}`);
		const weight = /^weight=(.*)$/.exec(words.find((word) => word.startsWith('weight=')) ?? '')?.[1];
		if (weight !== undefined && !/^[1-9]\d{0,8}$/.test(weight)) throw wrong(`invalid weight ${JSON.stringify(weight)}`);
		const down = words.includes('down') ? 'down' : words.includes('drain') ? 'draining' : undefined;
		entries.push(entryAt(place, Number(weight ?? 1), down ? 'down' : 'unknown', { detail: down, backup: words.includes('backup') }));
	}
	// nginx refuses such a file, unless its servers are kept elsewhere.
	const elsewhere = upstream.block?.children.some(({ name }) => name === 'state' || name === 'include');
	if (entries.length + unlisted.length === 0 && !elsewhere) throw new Error(`${file}:${upstream.line}: no servers are inside upstream ${upstream.args[0]}`);
	return unlisted.length > 0 ? { entries, note: unlisted.join('; ') } : { entries };
};
