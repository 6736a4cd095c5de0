import test from 'ava';
import { Uptime } from '../../../src/checks/watch/uptime.js';

test('the share of the time that is known; what is unknown counts for nothing', (t) => {
	const uptime = new Uptime(0);
	t.is(uptime.share(100), null);
	uptime.change('up', 100);
	t.is(uptime.share(100), null);
	t.is(uptime.share(200), 1);
	uptime.change('down', 400);
	t.is(uptime.share(500), 300 / 400);
	uptime.change('unknown', 500);
	t.is(uptime.share(10_000), 300 / 400);
	uptime.change('suspect', 10_000);
	t.is(uptime.share(10_200), 500 / 600);
});

test('our own pause is nobody’s', (t) => {
	const uptime = new Uptime(0);
	uptime.change('down', 0);
	uptime.change('up', 100);
	uptime.paused(5200, 5000);
	t.is(uptime.share(5300), 200 / 300);
});
