import { type HaproxyDirective, parseHaproxyConf } from '../wire/haproxy-conf.js';
import { entryAt, parsePlace } from './entry.js';
import type { Listed } from './source.js';

const HEADS = new Set(['backend', 'listen']);

/** Key words of a server line that take a value and matter here; the last one wins, as in HAProxy. */
const readWords = (words: readonly string[]) => {
	const said: { weight?: string; backup?: boolean; disabled?: boolean } = {};
	for (let i = 0; i < words.length; i++) {
		const word = words[i] as string;
		if (word === 'weight') said.weight = words[++i] ?? '';
		else if (word === 'backup' || word === 'no-backup') said.backup = word === 'backup';
		else if (word === 'disabled' || word === 'enabled') said.disabled = word === 'disabled';
	}
	return said;
};

/** `ipv4@10.0.0.1:80`, `unix@/run/x.sock`, `/run/x.sock`, `tcp@name:80` → an address as others write it. */
const plainAddress = (text: string): string =>
	text.replace(/^(?:tcp|tcp4|tcp6|ipv4|ipv6|stream)\+?(?:ipv4|ipv6|unix)?@/, '').replace(/^(?:unix@)?(?=\/)/, 'unix:');

/** The servers of a backend (or `listen`) in a configuration file; without a name the only one that there is. Throws what is wrong, with file and line. */
export const readHaproxyFile = (file: string, text: string, wanted: string | null): { entries: Listed[]; note?: string } => {
	const directives = parseHaproxyConf(text);
	const proxies = new Map<string, HaproxyDirective[]>();
	let lines: HaproxyDirective[] | null = null;
	let common: ReturnType<typeof readWords> = {};
	const defaults = new Map<string, ReturnType<typeof readWords>>();
	for (const directive of directives) {
		const { words, section } = directive;
		const [word = '', name = ''] = words;
		if (word === section) {
			lines = HEADS.has(section) ? (proxies.get(name) ?? []) : null;
			if (lines) {
				proxies.set(name, lines);
				defaults.set(name, { ...common });
			}
			if (section === 'defaults') common = {};
			continue;
		}
		if (word !== 'default-server') lines?.push(directive);
		else if (section === 'defaults') Object.assign(common, readWords(words));
		else if (lines) Object.assign(defaults.get([...proxies.keys()].at(-1) as string) ?? {}, readWords(words));
	}
	const named = [...proxies].filter(([, lines]) => wanted !== null || lines.some(({ words }) => /^server/.test(words[0] ?? '')));
	const name = wanted ?? (named.length === 1 ? (named[0]?.[0] as string) : null);
	const found = name === null ? undefined : proxies.get(name);
	if (!found) {
		const there = proxies.size === 0 ? 'it has no backend' : `it has ${[...proxies.keys()].join(', ')}`;
		throw new Error(`${file}: ${wanted === null ? 'name one of its backends after #' : `there is no backend ${wanted}`}; ${there}`);
	}
	const entries: Listed[] = [];
	const unlisted: string[] = [];
	for (const { words, line } of found) {
		const template = words[0] === 'server-template';
		if (words[0] !== 'server' && !template) continue;
		const [, server = '', ...rest] = words;
		const [address = '', ...more] = template ? rest.slice(1) : rest;
		const said = { ...defaults.get(name as string), ...readWords(more) };
		const place = /["$]/.test(address) ? null : parsePlace(plainAddress(address));
		if (!place) {
			unlisted.push(`${server} (line ${line}: ${JSON.stringify(address)} names no port and host)`);
			continue;
		}
		const weight = said.weight === undefined ? 1 : Number(said.weight);
		if (!Number.isInteger(weight) || weight < 0 || weight > 256)
			throw new Error(`${file}:${line}: expected a weight from 0 to 256, found ${JSON.stringify(said.weight)}`);
		const why = said.disabled ? 'disabled' : weight === 0 ? 'weight 0' : '';
		entries.push(entryAt(place, Math.max(1, weight), why === '' ? 'unknown' : 'down', { detail: `${server} ${why}`.trim(), backup: said.backup ?? false }));
	}
	return unlisted.length > 0 ? { entries, note: `without an address: ${unlisted.join(', ')}` } : { entries };
};
