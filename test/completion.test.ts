import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { completionScript } from '../src/completion.js';

const root = new URL('../../', import.meta.url);
const run = promisify(execFile);

/** What bash offers for a command line that ends where the cursor is. */
const offered = async (...words: string[]): Promise<string[]> => {
	const script = `${completionScript(root, 'bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _daruma; printf '%s\\n' "\${COMPREPLY[@]}"`;
	const { stdout } = await run('bash', ['-c', script, 'bash', 'daruma', ...words]);
	return stdout.split('\n').filter((line) => line !== '');
};

const TABLE: [words: string[], has: string[], hasNot: string[]][] = [
	[[''], ['verify', 'probe', 'proxy', 'runs'], ['ls', 'toxic']],
	[['ver'], ['verify'], ['probe']],
	[
		['proxy', ''],
		['serve', 'toxic', 'create'],
		['verify', 'add'],
	],
	[['proxy', 'toxic', ''], ['add', 'update', 'remove'], ['serve']],
	[['verify', '--re'], ['--report'], ['--rate']],
	[['verify', '--inconclusive', ''], ['fail', 'pass'], ['--json']],
	[['probe', 'http://x', '--cou'], ['--count'], []],
	[['proxy', 'serve', '--'], ['--port', '--help'], ['--subject']],
];
for (const [words, has, hasNot] of TABLE) {
	test(`daruma ${words.join(' ')}⇥`, async (t) => {
		const found = await offered(...words);
		for (const word of has) t.true(found.includes(word), `${word} of ${found.join(' ')}`);
		for (const word of hasNot) t.false(found.includes(word), word);
	});
}

test('files where nothing else fits', async (t) => {
	t.true((await offered('report', '/etc/pass')).includes('/etc/passwd'));
});

test('zsh and fish are told the same commands', (t) => {
	t.regex(completionScript(root, 'zsh'), /bashcompinit[\s\S]*_daruma/);
	const fish = completionScript(root, 'fish');
	t.regex(fish, /__fish_use_subcommand' -f -a verify -d 'run the experiments/);
	t.regex(fish, /seen_subcommand_from proxy; and __fish_seen_subcommand_from toxic' -f -a add/);
	t.regex(fish, /seen_subcommand_from verify' -l inconclusive .*-a 'fail pass'/);
});
