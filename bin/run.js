#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.();
const typed = process.argv.slice(2);
const only = typed.length <= 1 ? (typed[0] ?? '--help') : '';
if (only === '--help' || only === '-h' || only === '--version') {
	const { frontPage, versionLine } = await import('../dist/src/front-page.js');
	const root = new URL('..', import.meta.url);
	process.stdout.write(only === '--version' ? versionLine(root) : frontPage(root));
} else {
	const { execute } = await import('@oclif/core');
	await execute({ dir: import.meta.url });
}
