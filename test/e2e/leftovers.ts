import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Finds every process that descends from one daruma under test: all inherit a marker in their environment. Reads the
 * state too, since a frozen process is a leftover and a zombie is none.
 */
export class Marked {
	readonly env: Record<string, string>;
	private readonly token: string;
	constructor() {
		const id = randomUUID();
		this.env = { DARUMA_E2E_MARK: id };
		this.token = `DARUMA_E2E_MARK=${id}`;
	}

	living(): { pid: number; state: string; command: string }[] {
		const found: { pid: number; state: string; command: string }[] = [];
		for (const name of readdirSync('/proc')) {
			if (!/^\d+$/.test(name)) continue;
			try {
				if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(this.token)) continue;
				const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
				const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
				if (state === 'Z' || state === 'X') continue;
				found.push({ pid: Number(name), state, command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() });
			} catch {
				// It ended while we looked.
			}
		}
		return found;
	}

	/** Waits until nothing is left, at most `withinMs`; gives what is left and how long it took. */
	async gone(withinMs: number): Promise<{ left: string[]; ms: number }> {
		const began = performance.now();
		for (;;) {
			const left = this.living();
			const ms = performance.now() - began;
			if (left.length === 0 || ms > withinMs) return { left: left.map((p) => `${p.pid} ${p.state} ${p.command}`), ms };
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}
}
