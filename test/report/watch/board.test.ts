import test from 'ava';
import type { WatchEvent } from '../../../src/checks/watch/events.js';
import { cellWidth } from '../../../src/report/cells.js';
import { PLAIN, type Style } from '../../../src/report/style.js';
import { board } from '../../../src/report/watch/board.js';
import { row, view } from './view.js';

const SIZE = { columns: 120, rows: 24, style: PLAIN, events: [] };
const change = (n: number): WatchEvent => ({
	time: `2026-01-01T00:00:${String(n).padStart(2, '0')}.000Z`,
	atMs: n,
	kind: 'state',
	endpoint: `n${n}`,
	from: 'up',
	to: 'down',
	why: 'gone',
	by: 'probe',
});

test('the table', (t) => {
	const rows = [
		row('http://n1/', 'up'),
		row('http://n2/', 'down', { why: '3 missed in a row: refused' }),
		row('http://n3/', 'warning', { why: 'load 130 above 100', by: 'load', load: 130, weight: 50 }),
	];
	t.deepEqual(board(view(rows), SIZE), [
		'daruma watch  1 down  1 warning  1 up  1m01s  10.0 questions/s, 1.2 kB/s  q quits',
		'STATE    ENDPOINT    RECENT      LAST  P50    P99  UPTIME  SINCE      LOAD  WHY',
		'down     http://n2/  ××××××××××     –  n<5  n<299   0.00%  1m00s            3 missed in a row: refused',
		'warning  http://n3/  ▁▃▅▇█▁▃▅▇█   9ms  7ms  n<299    100%  1m00s  130 w50%  load 130 above 100',
		'up       http://n1/  ▁▃▅▇█▁▃▅▇█   9ms  7ms  n<299    100%  1m00s',
	]);
});

test('nothing is wider or longer than the terminal, whatever there is', (t) => {
	const names = ['http://127.0.0.1:8080/a/very/long/path/to/health?with=a&query=too', '日本語の名前', 'n'];
	const states = ['up', 'down', 'suspect', 'warning', 'unknown'] as const;
	const rows = Array.from({ length: 40 }, (_, i) =>
		row(`${names[i % 3]}${i}`, states[i % 5] as 'up', { why: 'for some reason '.repeat(i % 4), load: i % 2 ? i : null }),
	);
	for (const columns of [1, 5, 12, 20, 40, 80, 200]) {
		for (const height of [1, 2, 3, 5, 10, 24, 100]) {
			for (const count of [0, 1, 7, 40]) {
				for (const events of [[], [change(1)], Array.from({ length: 50 }, (_, i) => change(i))]) {
					const lines = board(view(rows.slice(0, count)), { ...SIZE, columns, rows: height, events });
					t.true(lines.length <= height, `${columns}×${height}, ${count}: ${lines.length} lines`);
					for (const line of lines) if (columns >= 12) t.true(cellWidth(line) <= columns, `${columns}: ${line}`);
				}
			}
		}
	}
});

test('more endpoints than rows: the worst first, and how many more', (t) => {
	const rows = Array.from({ length: 30 }, (_, i) => row(`n${i}`, i === 17 ? 'down' : i === 23 ? 'suspect' : 'up'));
	const lines = board(view(rows), { ...SIZE, rows: 10 });
	t.is(lines.length, 10);
	t.true(lines[2]?.startsWith('down') && lines[2].includes('n17'), lines[2]);
	t.true(lines[3]?.startsWith('suspect') && lines[3].includes('n23'), lines[3]);
	t.is(lines[9], 'and 23 more: 23 up');
	const scrolled = board(view(rows), { ...SIZE, rows: 10, from: 5 });
	t.is(scrolled[9], 'and 23 more: 21 up, 1 suspect, 1 down');
	// Never beyond the last one.
	t.true((board(view(rows), { ...SIZE, rows: 10, from: 1000 })[8] as string).includes('n'));
});

test('news at the foot give way to rows', (t) => {
	const events = Array.from({ length: 20 }, (_, i) => change(i));
	const few = board(view([row('n1', 'up')]), { ...SIZE, rows: 12, events });
	t.deepEqual(few.slice(3, 5), ['', '00:00:12  n12  up → down: gone']);
	t.is(few.at(-1), '00:00:19  n19  up → down: gone');
	const many = board(view(Array.from({ length: 30 }, (_, i) => row(`n${i}`, 'up'))), { ...SIZE, rows: 12, events });
	t.is(many.filter((line) => line.includes('→')).length, 2);
});

test('foreign words do not steer the terminal, and paint has no width', (t) => {
	const lines = board(view([row('http://n1/\u001b[2J', 'warning', { why: '\u001b]0;title\u0007 \u202e gone' })]), SIZE);
	for (const line of lines) t.notRegex(line, /[\p{Cc}\u202e]/u);
	const paint = (text: string): string => `⟦${text}⟧`;
	const loud: Style = { bold: paint, dim: paint, red: paint, green: paint, yellow: paint, cyan: paint };
	const painted = board(view([row('n1', 'down', { why: 'gone' })]), { ...SIZE, style: loud });
	t.deepEqual(
		painted.map((line) => line.replace(/[⟦⟧]/g, '')),
		board(view([row('n1', 'down', { why: 'gone' })]), SIZE),
	);
});

test('our own troubles are in the heading', (t) => {
	const [heading] = board(view([row('n1', 'up')], { skipped: 7, pauses: { count: 2, totalMs: 5100.4 } }), SIZE);
	t.regex(heading as string, /7 beats skipped/);
	t.regex(heading as string, /stood still 2×, 5\.1s/);
});
