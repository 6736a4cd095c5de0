import test from 'ava';
import { guessFolder } from '../../../src/config/starter/folder.js';

const TABLE: [what: string, names: string[], manifest: unknown, command: string[] | null, gateway: string | null][] = [
	['nothing', [], null, null, null],
	['a start script', ['lib.js'], { scripts: { start: 'node lib.js --quiet' } }, ['node', 'lib.js', '--quiet'], null],
	['a script with a shell in it', ['server.js'], { scripts: { start: 'node a.js && node b.js' } }, ['node', 'server.js'], null],
	['a script of another program', [], { scripts: { start: 'next start' } }, null, null],
	['main', ['boot.js', 'server.js'], { main: './boot.js' }, ['node', 'boot.js'], null],
	['a main that is not there', ['app.mjs'], { main: 'dist/index.js' }, ['node', 'app.mjs'], null],
	['a gateway', ['nginx.conf', 'index.js'], {}, ['node', 'index.js'], './nginx.conf'],
	['HAProxy', ['haproxy.cfg'], 'no object', null, './haproxy.cfg'],
];
for (const [what, names, manifest, command, gateway] of TABLE) {
	test(what, (t) => t.deepEqual(guessFolder(names, manifest), { command, gateway }));
}
