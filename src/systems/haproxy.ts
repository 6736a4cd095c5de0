import { usageError } from '../model/errors.js';
import { findProgram, type Problem, type Program, runToEnd } from './program.js';

/** The HAProxy of `DARUMA_HAPROXY`, PATH or /usr/sbin. Throws exit 2 (E_NOT_FOUND) when there is none. */
export const findHaproxy = async (): Promise<Program> => {
	const wanted = process.env.DARUMA_HAPROXY;
	const path = await findProgram(wanted || 'haproxy', ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']);
	if (path === undefined) {
		throw usageError(
			'E_NOT_FOUND',
			wanted ? `haproxy was not found at ${wanted} (DARUMA_HAPROXY)` : 'haproxy was not found in PATH or /usr/sbin',
			'install it (Debian: apt-get install haproxy), or set DARUMA_HAPROXY to its path',
		);
	}
	const { output } = await runToEnd(path, ['-v']);
	return { path, version: /version ([\d.]+)/i.exec(output)?.[1] ?? 'unknown' };
};

/** `-db`: one process, in the foreground, whatever the file says. */
export const haproxyArgv = (program: Program, ...confs: string[]): string[] => [program.path, '-db', ...confs.flatMap((conf) => ['-f', conf])];

/** `haproxy -c`: the first thing that is wrong with this configuration, or nothing. It binds no port. */
export const checkHaproxy = async (program: Program, conf: string, cwd: string, env: Record<string, string>): Promise<Problem | null> => {
	const { code, output } = await runToEnd(program.path, ['-c', '-f', conf], { cwd, env });
	if (code === 0) return null;
	if (code === null) return { message: 'haproxy -c did not end within 10s', file: null, line: null };
	return parseHaproxyProblem(output);
};

/** `[ALERT]    (123) : config : parsing [/etc/haproxy/haproxy.cfg:12] : unknown keyword 'x' in 'frontend' section` */
export const parseHaproxyProblem = (output: string): Problem => {
	const alerts = output.split('\n').filter((l) => l.startsWith('[ALERT]'));
	const message = (alerts[0] ?? output.trim().split('\n').at(-1) ?? '').replace(/^\[ALERT\]\s*(?:\(\d+\)|\d+\/\d+ \(\d+\))?\s*:\s*(?:config : )?/, '').trim();
	const place = /^(?:.*?parsing )?\[([^\]]+):(\d+)\]\s*:?\s*(.*)$/.exec(message);
	return place ? { message: place[3] as string, file: place[1] as string, line: Number(place[2]) } : { message, file: null, line: null };
};
