import { closeSync, openSync, writeSync } from 'node:fs';
import { stageError } from '../model/errors.js';
import type { Event } from '../model/event.js';

/**
 * Appends events to a run's history. The file is O_APPEND and each flush is one write of whole lines, so that many
 * processes can share it. `now` writes at once (a receipt must be on disk before its bytes move on, so that it
 * survives SIGKILL); `later` gathers until the next turn of the event loop.
 */
export class HistoryWriter {
	private readonly fd: number;
	private pending = '';
	private scheduled = false;
	private readonly onError: (error: Error) => void;

	/** `onError` hears of a full disk (once); the run must end then, since what is not written was not seen. */
	constructor(file: string, onError: (error: Error) => void) {
		this.fd = openSync(file, 'a');
		this.onError = onError;
	}

	now(event: Event): void {
		this.pending += `${JSON.stringify(event)}\n`;
		this.flush();
	}

	later(event: Event): void {
		this.pending += `${JSON.stringify(event)}\n`;
		if (this.scheduled) return;
		this.scheduled = true;
		setImmediate(() => {
			this.scheduled = false;
			this.flush();
		});
	}

	flush(): void {
		if (this.pending === '') return;
		// The leading newline ends whatever another writer may have left torn; readers skip empty lines.
		const bytes = Buffer.from(`\n${this.pending}`);
		this.pending = '';
		try {
			const written = writeSync(this.fd, bytes);
			if (written < bytes.length) throw new Error('short write');
		} catch (error) {
			const code = (error as NodeJS.ErrnoException).code ?? 'short write';
			this.onError(stageError('E_HISTORY_WRITE', `the history could not be written (${code})`, 'free some disk space and run again'));
		}
	}

	close(): void {
		this.flush();
		closeSync(this.fd);
	}
}
