#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.();
const root = new URL('..', import.meta.url);
const typed = process.argv.slice(2);
const { readCommandLine } = await import('../dist/src/command-line.js').catch((error) => {
	if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
	process.stderr.write('error: daruma has not been built yet\nhint: npm run build\n');
	process.exit(4);
});
const reading = readCommandLine(root, typed);
const quick =
	reading.kind === 'run' && (reading.argv[0] === 'probe' || reading.argv[0] === 'rank') && process.env.DARUMA_QUICK !== '0'
		? await import('../dist/src/quick-start.js')
		: null;
if (await quick?.quickStart(root, typed)) {
	await new Promise((resolve) => process.stdout.write('', resolve));
	process.exit();
} else if (reading.kind === 'run') {
	const { execute } = await import('@oclif/core');
	await execute({ args: reading.argv, dir: import.meta.url });
	// The command is over: a probe or a poll that still waits for its time limit must not keep the shell waiting.
	await new Promise((resolve) => process.stdout.write('', resolve));
	process.exit();
} else if (reading.kind === 'wrong') {
	const { tellError } = await import('../dist/src/base-command.js');
	await tellError(reading.error, typed);
} else {
	const { frontPage, versionLine } = await import('../dist/src/front-page.js');
	process.stdout.write(reading.kind === 'version' ? versionLine(root) : frontPage(root));
}
