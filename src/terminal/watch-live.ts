import type { WatchEvent } from '../checks/watch/events.js';
import type { WatchView } from '../checks/watch/view.js';
import { table } from '../report/probe/table.js';
import type { Style } from '../report/style.js';
import { board } from '../report/watch/board.js';
import { openScreen, type Screen } from './screen.js';
import type { DisplayIo, WatchDisplay } from './watch-display.js';

/** Frames are so far apart, ms; more, where there is more to compute for each. */
const FRAME_MS = 250;
const SLOW_FRAME_MS = 1000;
const MANY = 2000;
/** News kept for the foot of the table. */
const KEPT = 50;

/** A table that fills the terminal and changes in place. */
export const liveBoard = (io: DisplayIo, style: Style): WatchDisplay => {
	const events: WatchEvent[] = [];
	let screen: Screen | null = null;
	let timer: NodeJS.Timeout | undefined;
	let from = 0;
	return {
		dropped: 0,
		begin(view: () => WatchView, quit) {
			const draw = (): void => {
				if (!screen) return;
				const now = view();
				from = Math.max(0, Math.min(from, now.rows.length - 1));
				screen.draw(board(now, { columns: screen.columns, rows: screen.rows, style, events, from }));
				clearTimeout(timer);
				timer = setTimeout(draw, now.rows.length > MANY ? SLOW_FRAME_MS : FRAME_MS);
			};
			const key = (name: string): void => {
				if (name === 'q') {
					quit();
					return;
				}
				const page = Math.max(1, (screen?.rows ?? 24) - 6);
				const by: Readonly<Record<string, number>> = { up: -1, down: 1, 'page-up': -page, 'page-down': page, home: Number.NEGATIVE_INFINITY };
				from = Math.max(0, from + (by[name] ?? 0));
				draw();
			};
			screen = openScreen(io.stdout, io.stdin, { key, resized: draw }, io.interrupt);
			draw();
		},
		tell(event) {
			if (event.kind === 'sample' || event.kind === 'start') return;
			events.push(event);
			if (events.length > KEPT) events.shift();
		},
		end(event) {
			clearTimeout(timer);
			screen?.close();
			screen = null;
			io.stdout.write(table.result(event.result, { style, width: io.stdout.columns || 100 }));
		},
	};
};
