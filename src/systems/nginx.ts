import { usageError } from '../model/errors.js';
import { atLeast, findProgram, type Problem, type Program, runToEnd } from './program.js';

export interface Nginx extends Program {
	/** Where relative paths (modules, html) start unless `-p` says otherwise. */
	prefix: string;
}

/** The nginx of `DARUMA_NGINX`, PATH or /usr/sbin. Throws exit 2 (E_NOT_FOUND) when there is none. */
export const findNginx = async (): Promise<Nginx> => {
	const wanted = process.env.DARUMA_NGINX;
	const path = await findProgram(wanted || 'nginx', ['/usr/sbin', '/usr/local/sbin', '/usr/local/nginx/sbin', '/opt/homebrew/bin']);
	if (path === undefined) {
		throw usageError(
			'E_NOT_FOUND',
			wanted ? `nginx was not found at ${wanted} (DARUMA_NGINX)` : 'nginx was not found in PATH or /usr/sbin',
			'install it (Debian: apt-get install nginx-light), or set DARUMA_NGINX to its path',
		);
	}
	const { output } = await runToEnd(path, ['-V']);
	return {
		path,
		version: /(?:nginx|openresty|tengine)\/([\d.]+)/i.exec(output)?.[1] ?? 'unknown',
		prefix: /--prefix=(\S+)/.exec(output)?.[1]?.replace(/^(['"])(.*)\1$/, '$2') ?? '/usr/local/nginx',
	};
};

/** Since 1.19.5 `-e` says where errors go before, and unless, the file says it; since 1.15.8 there is $upstream_bytes_sent. */
export const nginxHasErrorFlag = (program: Program): boolean => atLeast(program.version, '1.19.5');
export const nginxCanWitness = (program: Program): boolean => atLeast(program.version, '1.15.8');

/** In the foreground if the file says `daemon off`; relative paths in the file (logs, temp folders) start from `prefix`. */
export const nginxArgv = (program: Program, conf: string, prefix: string, globals = ''): string[] => [
	program.path,
	...(nginxHasErrorFlag(program) ? ['-e', 'stderr'] : []),
	'-p',
	prefix,
	'-c',
	conf,
	...(globals ? ['-g', globals] : []),
];

/** `nginx -t`: what is wrong with this configuration, or nothing. It opens the logs that the file names, and creates temp folders. */
export const checkNginx = async (program: Program, conf: string, prefix: string, globals = ''): Promise<Problem | null> => {
	const [path, ...args] = nginxArgv(program, conf, prefix, globals) as [string, ...string[]];
	const { code, output } = await runToEnd(path, [...args, '-t', '-q']);
	if (code === 0) return null;
	if (code === null) return { message: 'nginx -t did not end within 10s (does the file name hosts that cannot be resolved?)', file: null, line: null };
	return parseNginxProblem(output);
};

/** `nginx: [emerg] unknown directive "x" in /etc/nginx/nginx.conf:12` */
export const parseNginxProblem = (output: string): Problem => {
	const line = output.split('\n').find((l) => /\[(emerg|alert|crit|error)\]/.test(l)) ?? output.trim().split('\n').at(-1) ?? '';
	const message = line.replace(/^.*?\[(?:emerg|alert|crit|error)\]\s*(?:\d+#\d+:\s*)?/, '').trim();
	const place = /^(.*) in (\S.*):(\d+)$/.exec(message);
	return place ? { message: place[1] as string, file: place[2] as string, line: Number(place[3]) } : { message, file: null, line: null };
};
