import { open } from 'node:fs/promises';
import type { Clock } from '../model/clock.js';
import type { AttemptEvent, RequestEvent } from '../model/event.js';

const WAIT_MS = 2000;
const LOOK_MS = 25;

/** A program's own log, read as it grows: each whole line once. */
class Tail {
	private at: number;
	private rest = '';
	private readonly file: string;
	constructor(file: string, from: number) {
		this.file = file;
		this.at = from;
	}
	async *lines(): AsyncGenerator<string> {
		const handle = await open(this.file, 'r').catch(() => null);
		if (!handle) return;
		try {
			const buffer = Buffer.alloc(1 << 20);
			for (;;) {
				const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.at);
				if (bytesRead === 0) return;
				this.at += bytesRead;
				const parts = (this.rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
				this.rest = parts.pop() as string;
				yield* parts;
			}
		} finally {
			await handle.close();
		}
	}
}

export interface Testimony<Line> {
	file: string;
	/** Byte at which this subject's part of the file begins. */
	from: number;
	parse(line: string): Line | null;
	/** The attempts that these lines (at least one, all of one request) tell of. */
	attempts(lines: Line[], request: RequestEvent): AttemptEvent[];
	by: 'nginx' | 'haproxy';
	clock: Clock;
}

/**
 * What a log tells of these requests. It waits up to 2 s until every request that was answered is in it; if one is not,
 * the log does not see all traffic and is no witness at all. Requests that got no answer and have
 * no line (their connection ended before they were read, or they are still held inside) get no attempt: a guess would
 * make the testimony look whole.
 */
export const hearWitness = async <Line extends { id: string }>(
	requests: readonly RequestEvent[],
	{ file, from, parse, attempts, by, clock }: Testimony<Line>,
): Promise<{ attempts: AttemptEvent[]; note: string | null }> => {
	const byId = new Map<string, Line[]>(requests.map((r) => [r.id, []]));
	const missing = new Set(requests.filter((r) => r.status !== undefined).map((r) => r.id));
	const answered = missing.size;
	const tail = new Tail(file, from);
	const limit = clock.now() + WAIT_MS;
	for (;;) {
		for await (const text of tail.lines()) {
			const line = parse(text);
			if (!line) continue;
			byId.get(line.id)?.push(line);
			missing.delete(line.id);
		}
		if (missing.size === 0 || clock.now() >= limit) break;
		await new Promise<void>((resolve) => void clock.at(clock.now() + LOOK_MS, resolve));
	}
	if (missing.size > 0) {
		const example = missing.values().next().value;
		return { attempts: [], note: `${by}'s log is no witness: ${missing.size} of ${answered} answered requests are not in it (${example} …)` };
	}
	if (answered === 0) return { attempts: [], note: `${by} answered no request, so its log was not heard` };
	const heard = requests.flatMap((request): AttemptEvent[] => {
		const lines = byId.get(request.id) as Line[];
		return lines.length > 0 ? attempts(lines, request) : [];
	});
	return { attempts: heard, note: null };
};
