// `daruma probe` of one endpoint, once, next to a Node that does nothing.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { here, Seen } from './stage.js';

const once = (args) =>
	new Promise((resolve, reject) => {
		const from = process.hrtime.bigint();
		const child = spawn(process.execPath, args, { stdio: 'ignore' });
		child.once('exit', (code) =>
			code === 0 ? resolve(Number(process.hrtime.bigint() - from) / 1e6) : reject(new Error(`${args.join(' ')} ended with ${code}`)),
		);
	});

export const startToExit = async (rounds) => {
	const server = createServer((_, answer) => answer.end('ok'));
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const subjects = {
		'node -e 0': ['-e', '0'],
		'daruma probe --count 1': [here('../../bin/run.js'), 'probe', `http://127.0.0.1:${server.address().port}/`, '--count', '1'],
	};
	const names = Object.keys(subjects);
	for (const name of names) await once(subjects[name]); // fills the file and compile caches
	const seen = new Seen();
	for (let round = 0; round < rounds; round++)
		for (let i = 0; i < names.length; i++) {
			const name = names[(i + round) % names.length];
			seen.note(name, await once(subjects[name]));
		}
	server.close();
	server.closeAllConnections();
	seen.print('ms from spawn to exit');
	seen.ratio('daruma probe --count 1', 'node -e 0', '<= 3');
};
