import { entryAt, parsePlace } from './entry.js';
import type { Listed } from './source.js';

/** What HAProxy's status words mean for traffic (management guide 9.1, field 17). `UP 1/3` is going down and still up. */
const statusOf = (word: string): Listed['status'] => {
	if (word.startsWith('UP')) return 'up';
	if (/^(?:DOWN|MAINT|DRAIN|NOLB)/.test(word)) return 'down';
	return 'unknown';
};

const rows = (block: string, split: RegExp): Record<string, string>[] => {
	const [head = '', ...lines] = block.split('\n').filter((line) => line !== '' && line !== '1');
	const names = head.replace(/^# /, '').split(split);
	return lines.map((line) => {
		const fields = line.split(split);
		return Object.fromEntries(names.map((name, i) => [name, fields[i] ?? '']));
	});
};

/**
 * The answer to `show servers state BACKEND;show stat BACKEND 4 -1`: addresses and weights from the first table, the word
 * for each server's state and whether it is a backup from the second. Throws HAProxy's own objection.
 */
export const readServerTables = (answer: string, backend: string): { entries: Listed[]; note?: string } => {
	const states = answer.indexOf('# be_id ');
	const stats = answer.indexOf('# pxname,');
	if (states < 0 || stats < 0) {
		const said = answer.trim().split('\n')[0] ?? '';
		throw new Error(
			/can't find backend|no such proxy/i.test(said) ? `it has no backend ${backend}` : said === '' ? 'it closed without an answer' : `it answered: ${said}`,
		);
	}
	const bySid = new Map(rows(answer.slice(stats), /,/).map((row) => [row.sid, row]));
	const entries: Listed[] = [];
	const unlisted: string[] = [];
	for (const row of rows(answer.slice(states, stats > states ? stats : undefined), / /)) {
		const { srv_id = '', srv_name = '', srv_addr = '-', srv_port = '0', srv_uweight = '1' } = row;
		const stat = bySid.get(srv_id);
		const word = stat?.status ?? '';
		const place = srv_addr === '-' || srv_port === '0' ? null : parsePlace(srv_addr.includes(':') ? `[${srv_addr}]:${srv_port}` : `${srv_addr}:${srv_port}`);
		if (!place) {
			unlisted.push(`${srv_name} (${stat?.addr === 'unix' ? 'a socket whose path HAProxy does not tell' : word || 'no address'})`);
			continue;
		}
		const weight = Number(srv_uweight);
		const drained = weight === 0 && statusOf(word) !== 'down';
		const detail = [srv_name, ...(drained ? ['weight 0'] : []), ...(word === '' || word === 'UP' ? [] : [word])].join(' ');
		entries.push(entryAt(place, Math.max(1, weight), drained ? 'down' : statusOf(word), { detail, backup: stat?.bck === '1' }));
	}
	return unlisted.length > 0 ? { entries, note: `without an address: ${unlisted.join(', ')}` } : { entries };
};
