import { realpathSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { DarumaError, stageError, usageError } from '../../model/errors.js';
import type { Proxies, ProxyOptions } from '../contract.js';
import { isPem } from '../tls-settings.js';
import { Failure } from './failure.js';
import { type Infos, printEntry } from './go-print.js';

/** Changes that come together are written together. */
const SETTLE_MS = 20;

/** What is kept of these proxies: a body of POST /populate, a proxy a line. */
export const printState = (proxies: Proxies, infos: Infos): string => {
	const entries = proxies.list().map((proxy) => printEntry(proxy, infos));
	return entries.length === 0 ? '[]\n' : `[\n${entries.join(',\n')}\n]\n`;
};

/** A key given as text would have to be written down in clear, or be lost: a sentence, else null. */
export const keepObjection = ({ tls, upstreamTls }: Partial<ProxyOptions>): string | null => {
	const field =
		tls?.key !== undefined && !tls.selfSigned && isPem(tls.key)
			? 'tls.key'
			: upstreamTls?.key !== undefined && isPem(upstreamTls.key)
				? 'upstream_tls.key'
				: null;
	return field && `${field}: this server keeps its state in a file, and no key in it: give the path of the key's file instead`;
};

/** Null: there is none yet. Errors: E_STATE. */
export const readState = async (file: string): Promise<Buffer | null> => {
	try {
		return await readFile(file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
		throw usageError('E_STATE', `cannot read ${file}: ${(error as Error).message}`);
	}
};

/** What the API would have said of the file's content: damage is E_STATE, an address that cannot be had E_LISTEN. */
export const stateError = (file: string, error: unknown): unknown => {
	if (error instanceof DarumaError) return error;
	if (error instanceof Failure)
		return usageError('E_STATE', `${file} is damaged: ${error.message}`, 'restore it, or delete it to begin without any proxy; nothing was started');
	return stageError('E_LISTEN', `${file}: ${(error as Error).message}`);
};

/**
 * Keeps a file as it should be. What is in it is always whole: a new one takes its place (written, synced, renamed).
 * Whoever is killed loses the changes of the last moment at most.
 */
export class StateFile {
	private readonly file: string;
	private readonly content: () => string;
	private readonly warn: (message: string) => void;
	private written: string | null = null;
	private timer: NodeJS.Timeout | null = null;
	private writing: Promise<void> = Promise.resolve();
	private over = false;

	/** `warn` hears of each failure; what could not be written is tried again with the next change. */
	constructor(file: string, content: () => string, warn: (message: string) => void) {
		this.file = resolved(file);
		this.content = content;
		this.warn = warn;
	}

	/** Something may have changed. */
	changed(): void {
		if (this.over || this.timer) return;
		this.timer = setTimeout(() => {
			this.timer = null;
			void this.write().catch((error: Error) => this.warn(error.message));
		}, SETTLE_MS);
	}

	/** Resolves when what is true now is on disk. Errors: E_STATE. */
	write(): Promise<void> {
		const mine = this.writing.then(() => this.replace());
		this.writing = mine.catch(() => {});
		return mine;
	}

	/** Writes what is left, and nothing any more after that. Errors: E_STATE. */
	async close(): Promise<void> {
		if (this.timer) clearTimeout(this.timer);
		this.timer = null;
		this.over = true;
		await this.write();
	}

	private async replace(): Promise<void> {
		const content = this.content();
		if (content === this.written) return;
		const temporary = `${this.file}.tmp`;
		try {
			// Whatever lies there is of somebody who was killed; nothing is followed or reused.
			await rm(temporary, { force: true });
			const handle = await open(temporary, 'wx', 0o600);
			try {
				await handle.writeFile(content);
				await handle.sync();
			} finally {
				await handle.close();
			}
			await rename(temporary, this.file);
			this.written = content;
		} catch (error) {
			throw stageError('E_STATE', `cannot write ${this.file}: ${(error as Error).message}`);
		}
	}
}

/** A link stays a link. */
const resolved = (file: string): string => {
	try {
		return realpathSync(file);
	} catch {
		return file;
	}
};
