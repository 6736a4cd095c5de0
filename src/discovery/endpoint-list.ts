import { parseTarget } from '../model/target.js';
import { entryAt, parsePlace } from './entry.js';
import type { Listed } from './source.js';

const STATES = ['up', 'down', 'unknown'] as const;
type Status = Listed['status'];

/** `host:port`, `unix:/path`, or the URL of a target. Throws what was expected. */
const entryOf = (text: string, weight: number, status: Status, more: { detail?: string; backup: boolean }): Listed => {
	const place = parsePlace(text);
	if (place) return entryAt(place, weight, status, more);
	if (!/^[a-z][a-z0-9+.-]*:(?!\d+$)/i.test(text)) throw new Error(`expected host:port or a URL, found ${JSON.stringify(text)}`);
	const { detail, backup } = more;
	return { target: { ...parseTarget(text), weight }, status, ...(detail && { detail }), ...(backup && { backup }) };
};

const weightOf = (value: unknown): number => {
	const weight = typeof value === 'string' && value !== '' ? Number(value) : value;
	if (typeof weight !== 'number' || !Number.isFinite(weight) || weight <= 0 || weight > 1e6)
		throw new Error(`expected a weight above 0, found ${JSON.stringify(value)}`);
	return weight;
};

/** `10.0.0.1:80 weight=3 backup` */
const readLine = (line: string): Listed => {
	const [address = '', ...words] = line.split(/\s+/);
	let weight = 1;
	let status: Status = 'unknown';
	let backup = false;
	for (const word of words) {
		if (word.startsWith('weight=')) weight = weightOf(word.slice('weight='.length));
		else if (word === 'backup') backup = true;
		else if (word === 'up' || word === 'down') status = word;
		else throw new Error(`expected weight=N, backup, up or down after the address, found ${JSON.stringify(word)}`);
	}
	return entryOf(address, weight, status, { backup });
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** One element of a JSON list: a text, an object with `endpoint` or `host` and `port`, or a group as Prometheus has it. */
const readElement = (element: unknown): Listed[] => {
	if (typeof element === 'string') return [readLine(element.trim())];
	if (!isRecord(element)) throw new Error(`expected a text or an object, found ${JSON.stringify(element)}`);
	const { endpoint, host, port, weight = 1, status = 'unknown', backup = false, detail, targets } = element;
	if (Array.isArray(targets)) return targets.flatMap(readElement);
	const address =
		typeof endpoint === 'string'
			? endpoint
			: typeof host === 'string' && Number.isInteger(port)
				? host.includes(':')
					? `[${host}]:${port}`
					: `${host}:${port}`
				: null;
	if (address === null) throw new Error(`expected "endpoint": "host:port", or "host" and "port", found ${JSON.stringify(element)}`);
	if (!STATES.includes(status as Status)) throw new Error(`expected "status" ${STATES.join(', ')}, found ${JSON.stringify(status)}`);
	if (typeof backup !== 'boolean') throw new Error(`expected "backup" true or false, found ${JSON.stringify(backup)}`);
	return [entryOf(address, weightOf(weight), status as Status, { backup, ...(typeof detail === 'string' && { detail }) })];
};

/** A list of endpoints in lines or JSON. Throws the first thing that is wrong, with file and line or element. */
export const readEndpointList = (file: string, text: string): Listed[] => {
	const bare = text.replace(/^\ufeff/, '');
	const at = <T>(where: string, read: () => T): T => {
		try {
			return read();
		} catch (error) {
			throw new Error(`${where}: ${(error as Error).message}`);
		}
	};
	if (!/^\s*[[{]\s*(?:["[{}\]]|$)/.test(bare)) {
		return bare.split(/\r?\n/).flatMap((line, i) => {
			const written = line.replace(/(^|\s)#.*$/, '').trim();
			return written === '' ? [] : [at(`${file}:${i + 1}`, () => readLine(written))];
		});
	}
	const data: unknown = at(file, () => JSON.parse(bare));
	const list = isRecord(data) ? data.endpoints : data;
	if (!Array.isArray(list)) throw new Error(`${file}: expected a JSON array, or an object with "endpoints"`);
	return list.flatMap((element, i) => at(`${file}: element ${i}`, () => readElement(element)));
};
