import type { WatchEvent } from '../checks/watch/events.js';
import type { WatchView } from '../checks/watch/view.js';
import { table } from '../report/probe/table.js';
import type { Style } from '../report/style.js';
import { eventLine } from '../report/watch/line.js';
import { eventJson } from '../report/watch/ndjson.js';
import { styleOf } from './color.js';
import { Outlet } from './outlet.js';
import type { ScreenInput, ScreenOutput } from './screen.js';
import { canAnimate } from './spinner.js';

/** How a watch is shown while it goes. */
export interface WatchDisplay {
	/** `quit`: whoever looks on has had enough. */
	begin(view: () => WatchView, quit: () => void): void;
	tell(event: WatchEvent): void;
	/** Gives the terminal back, and says what came of it. */
	end(event: Extract<WatchEvent, { kind: 'end' }>): void;
	/** Events that nobody read in time. */
	readonly dropped: number;
}

export interface DisplayIo {
	stdout: ScreenOutput & { isTTY?: boolean | undefined; readonly writableLength?: number; once(event: string, fn: () => void): unknown };
	stdin: ScreenInput;
	interrupt(name: NodeJS.Signals): void;
	env: Readonly<Record<string, string | undefined>>;
}

/** A live table on a terminal that can show one, else a line per event; NDJSON when asked for. */
export const chooseDisplay = async (
	{ json, live, color }: { json?: boolean | undefined; live?: boolean | undefined; color: boolean },
	io: DisplayIo,
): Promise<WatchDisplay> => {
	if (json) return lines(io, eventJson, null);
	const style = await styleOf(io.stdout, color);
	if (live !== false && canAnimate(io.stdout as Parameters<typeof canAnimate>[0], io.env)) {
		const { liveBoard } = await import('./watch-live.js');
		return liveBoard(io, style);
	}
	return lines(io, (event) => eventLine(event, style), style);
};

/** `summary`: how to paint the table at the end; null: the last event holds it. */
const lines = ({ stdout }: DisplayIo, write: (event: WatchEvent) => string, summary: Style | null): WatchDisplay => {
	let last: WatchEvent | null = null;
	const outlet = new Outlet(stdout, (events) => write({ time: last?.time ?? '', atMs: last?.atMs ?? 0, kind: 'dropped', events }));
	return {
		begin(_, quit) {
			// `daruma watch … | head`: nobody listens any more.
			stdout.once('error', quit);
		},
		tell(event) {
			last = event;
			outlet.line(write(event));
		},
		end(event) {
			last = event;
			outlet.last(summary ? `\n${table.result(event.result, { style: summary, width: stdout.columns || 100 })}` : write(event));
		},
		get dropped() {
			return outlet.dropped;
		},
	};
};
