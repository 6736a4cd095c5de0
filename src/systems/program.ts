import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

const executable = async (path: string): Promise<boolean> => {
	try {
		await access(path, constants.X_OK);
		return (await stat(path)).isFile();
	} catch {
		return false;
	}
};

/**
 * Where a program is: a name is looked for in PATH and then in `more` (administrators' programs in /usr/sbin are seldom
 * in a user's PATH), anything with a slash is taken from `cwd`. Undefined when there is none that may be executed.
 */
export const findProgram = async (name: string, more: readonly string[] = [], cwd = process.cwd()): Promise<string | undefined> => {
	if (name.includes('/')) {
		const path = isAbsolute(name) ? name : resolve(cwd, name);
		return (await executable(path)) ? path : undefined;
	}
	for (const folder of [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...more]) {
		const path = join(folder, name);
		if (await executable(path)) return path;
	}
	return undefined;
};

export interface Finished {
	/** Null when it was ended by a signal, as after `timeoutMs`. */
	code: number | null;
	/** stdout and stderr, stdout first. */
	output: string;
}

/** Runs a program that ends by itself (a version, a syntax check), without a shell. Rejects only if it cannot be started. */
export const runToEnd = async (
	path: string,
	args: readonly string[],
	{ cwd, env, timeoutMs = 10_000 }: { cwd?: string; env?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Finished> => {
	const { execa } = await import('execa');
	const settings = {
		timeout: timeoutMs,
		killSignal: 'SIGKILL',
		reject: false,
		stdin: 'ignore',
		stripFinalNewline: false,
		...(cwd && { cwd }),
		...(env && { env }),
	} as const;
	const ended = await execa(path, args, settings);
	if (ended.exitCode === undefined && ended.signal === undefined && !ended.timedOut) throw ended;
	return { code: ended.exitCode ?? null, output: `${ended.stdout}${ended.stderr}` };
};

export interface Program {
	path: string;
	/** As it says itself: `1.22.1`. */
	version: string;
}

/** What a program found wrong in a configuration file; `line` null where it did not say. */
export interface Problem {
	message: string;
	file: string | null;
	line: number | null;
}

/** Is `version` at least `wanted`? Compared number by number. */
export const atLeast = (version: string, wanted: string): boolean => {
	const [a, b] = [version, wanted].map((v) => v.split('.').map((n) => Number.parseInt(n, 10) || 0)) as [number[], number[]];
	for (let i = 0; i < b.length; i++) if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) > (b[i] as number);
	return true;
};
