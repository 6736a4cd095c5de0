import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { addressOf } from '../model/target.js';
import { readEndpointList } from './endpoint-list.js';
import type { Listed } from './source.js';

/** An unchanged list is dated anew so often, ms. */
const TOUCH_MS = 10_000;

/** Entries as `file:` reads them; what has no host and port (exec) cannot be kept. */
const documentOf = (entries: readonly Listed[]): string =>
	`${JSON.stringify(
		{
			endpoints: entries.flatMap(({ target, status, detail, backup }) =>
				target.protocol === 'exec' || target.password !== undefined
					? []
					: [{ endpoint: endpointOf(target), status, weight: target.weight, ...(detail !== undefined && { detail }), ...(backup && { backup }) }],
			),
		},
		null,
		'\t',
	)}\n`;

const endpointOf = (target: Listed['target']): string => {
	const { protocol, path, socketPath } = target;
	if (protocol === 'tcp' && path === '') return socketPath === undefined ? addressOf(target) : `unix:${socketPath}`;
	return socketPath === undefined ? `${protocol}://${addressOf(target)}${path}` : `${protocol}+unix:${socketPath}${path === '' ? '' : `:${path}`}`;
};

/** The last good list on disk, so that the next run has it while the source is gone. Its date is the file's own. */
export class LastGood {
	private readonly path: string;
	private written = '';
	private touchedMs = Number.NEGATIVE_INFINITY;

	constructor(path: string) {
		this.path = path;
	}

	/** Null: there is none. `ageMs` by the wall clock: the file may be of another boot. */
	load(): { entries: Listed[]; ageMs: number } | null {
		try {
			const entries = readEndpointList(this.path, readFileSync(this.path, 'utf8'));
			return { entries, ageMs: Math.max(0, Date.now() - statSync(this.path).mtimeMs) };
		} catch {
			return null;
		}
	}

	/** The list is good now. Returns what went wrong, or null; a full disk is no reason to stop. */
	save(entries: readonly Listed[], now: number): string | null {
		const text = documentOf(entries);
		try {
			if (text !== this.written) {
				const aside = `${this.path}.${process.pid}.tmp`;
				try {
					writeFileSync(aside, text, { mode: 0o600 });
					renameSync(aside, this.path);
				} finally {
					rmSync(aside, { force: true });
				}
				this.written = text;
			} else if (now - this.touchedMs >= TOUCH_MS) utimesSync(this.path, new Date(), new Date());
			else return null;
			this.touchedMs = now;
			return null;
		} catch (error) {
			return `${this.path}: the last good list cannot be kept there (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`;
		}
	}
}
