import { usageError } from '../model/errors.js';
import { programExists, runCheck } from './check-program.js';
import { commandWords } from './command-words.js';
import type { Answer, Probe } from './probe.js';
import { oneLine } from './reason.js';
import { failure, simple } from './simple.js';

const VERDICTS: readonly Answer['verdict'][] = ['ok', 'warning'];

const firstLine = (...outputs: Buffer[]): string => {
	for (const output of outputs) {
		// More of a line than is shown need not be decoded.
		const line = /\S[^\r\n]*/.exec(output.toString('utf8', 0, 4096))?.[0];
		if (line !== undefined) return oneLine(line);
	}
	return '';
};

/**
 * A program of the user's: exit code 0 is up, 1 a warning, anything else, or a signal, down. The first line that it prints
 * is the detail, its output the body. No shell; it sees `DARUMA_TARGET`; at the deadline its whole process group is killed.
 */
export const exec: Probe = {
	open(target, options, report) {
		if (!programExists(target.host)) {
			const hint = target.host.includes('/')
				? 'a path is taken from the working directory; is it executable?'
				: 'a program that is not in PATH is written with its path: exec:./check.sh';
			throw usageError('E_TARGET', `${target.name}: expected a program, found no ${target.host}`, hint);
		}
		const args = commandWords(target.path);
		if ([target.host, ...args].some((word) => word.includes('\0'))) throw usageError('E_TARGET', `${target.name}: expected words without zero bytes`);
		const probe = simple(async (_, { maxBody }, { signal }) => {
			let ended: Awaited<ReturnType<typeof runCheck>>;
			try {
				ended = await runCheck(target.host, args, { DARUMA_TARGET: target.name }, maxBody, signal);
			} catch (error) {
				// Nothing was asked: of the endpoint it says nothing.
				return failure('local', `it cannot be started: ${(error as Error).message}`);
			}
			const { code, stdout, stderr } = ended;
			const facts = {
				bytes: { sent: 0, received: ended.bytes },
				...(options.keepBody && { body: new Uint8Array(stdout) }),
				...(code !== null && { status: code }),
			};
			if (ended.tooLarge) return { ...failure('too-large', `it printed over ${maxBody} bytes`), ...facts };
			const line = firstLine(stdout, stderr);
			const verdict = code === null ? undefined : VERDICTS[code];
			if (verdict !== undefined) return { verdict, ...facts, ...(line !== '' && { detail: line }) };
			return { ...failure('exit', line === '' ? `ended ${code === null ? `by ${ended.signal}` : `with exit code ${code}`}` : line), ...facts };
		});
		return probe.open(target, options, report);
	},
};
