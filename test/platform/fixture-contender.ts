/** Says `ready`, waits for a line, tries to take the lock of the folder, says how it went, and holds on until its input ends. */
import { lockFolder } from '../../src/platform/lock.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
process.stdin.once('data', () => {
	try {
		lockFolder(process.argv[2] as string, `contender-${process.pid}`);
		say('won');
	} catch (error) {
		say((error as { code?: string }).code ?? String(error));
	}
});
process.stdin.once('end', () => process.exit(0));
say('ready');
