#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.();
const root = new URL('..', import.meta.url);
const typed = process.argv.slice(2);
const { readCommandLine } = await import('../dist/src/command-line.js');
const reading = readCommandLine(root, typed);
if (reading.kind === 'run') {
	const { execute } = await import('@oclif/core');
	await execute({ args: reading.argv, dir: import.meta.url });
} else if (reading.kind === 'wrong') {
	const { tellError } = await import('../dist/src/base-command.js');
	await tellError(reading.error, typed);
} else {
	const { frontPage, versionLine } = await import('../dist/src/front-page.js');
	process.stdout.write(reading.kind === 'version' ? versionLine(root) : frontPage(root));
}
