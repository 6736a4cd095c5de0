import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { commentOut, parseHaproxyConf } from '../wire/haproxy-conf.js';
import { type Filling, fill, type TemplateFile } from './template-file.js';

/** What Debian ships as defaults (its three timeouts, mode http), round robin, and `check`, over the nodes; its log is a witness. */
export const defaultHaproxy = (nodes: number): TemplateFile => ({
	path: null,
	text: `global
	log stdout format raw local0 info
defaults
	mode http
	log global
	timeout connect 5000
	timeout client 50000
	timeout server 50000
frontend fe
	bind {listen}
	http-request set-var(txn.daruma_id) req.hdr(x-daruma-id)
	log-format "\${DARUMA_LOG_FORMAT}"
	default_backend be
backend be
	balance roundrobin
${Array.from({ length: nodes }, (_, i) => `\tserver n${i + 1} {n${i + 1}} check`).join('\n')}
`,
});

export interface RenderedHaproxy {
	conf: string;
	places: Map<string, string>;
	/** Does its log hold what a witness needs? Null: yes. Otherwise what the file lacks. */
	why: string | null;
	/** Is it certain that only refused connects are tried again? */
	connectOnly: boolean;
	notes: string[];
}

/**
 * Writes the copy that runs. Only lines that would touch what is not ours (another HAProxy's stats socket, a chroot or a
 * user that needs root) are put behind a `#`; no line moves.
 */
export const renderHaproxy = async (template: TemplateFile, filling: Filling, root: boolean): Promise<RenderedHaproxy> => {
	const filled = fill(template.text, filling);
	const taken = new Map<number, string>();
	const lines = parseHaproxyConf(filled);
	for (const { line, section, words } of lines) {
		if (section !== 'global') continue;
		const [first, second, third] = words;
		if (first === 'stats' && second === 'socket' && third?.startsWith('/') && !third.startsWith(`${filling.dir}/`)) {
			taken.set(line, 'daruma: it could take the socket of another HAProxy');
		} else if (!root && ['chroot', 'user', 'group', 'uid', 'gid'].includes(first as string)) taken.set(line, 'daruma: not run as root');
	}
	await mkdir(filling.dir, { recursive: true });
	const conf = join(filling.dir, template.path === null ? 'haproxy.cfg' : basename(template.path));
	await writeFile(conf, commentOut(filled, taken));
	return {
		conf,
		places: new Map([[conf, template.path ?? 'haproxy: default']]),
		why: witnessLack(filled),
		connectOnly: !lines.some(({ words }) => words[0] === 'retry-on'),
		notes: [...taken.keys()].map((line) => `line ${line} of the HAProxy file was left out: ${(filled.split('\n')[line - 1] as string).trim()}`),
	};
};

const witnessLack = (text: string): string | null => {
	if (!text.includes('DARUMA_LOG_FORMAT')) return 'the file does not opt in with DARUMA_LOG_FORMAT';
	if (!/txn\.daruma_id/.test(text)) return 'http-request set-var(txn.daruma_id) req.hdr(x-daruma-id) is missing';
	return /^\s*log\s+(stdout|fd@1)\b/m.test(text) ? null : 'log stdout format raw local0 is missing';
};
