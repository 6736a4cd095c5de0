import { connect } from 'node:net';
import { DarumaError, stageError, usageError } from '../model/errors.js';

const TIMEOUT_MS = 3000;

/** `unix path` or `host:port` of a stats socket with level admin. */
const addressOf = (socket: string): { path: string } | { host: string; port: number } => {
	const tcp = /^(?:ipv4@|tcp:\/\/)?([\w.-]+|\[[\da-f:]+\]):(\d+)$/i.exec(socket);
	return tcp ? { host: (tcp[1] as string).replace(/^\[|\]$/g, ''), port: Number(tcp[2]) } : { path: socket.replace(/^unix@/, '') };
};

/** One command of HAProxy's runtime API, over a connection of its own. Rejects with exit 4 when nobody is there, or nothing comes within 3 s. */
export const haproxyCommand = (socket: string, command: string): Promise<string> =>
	new Promise((resolve, reject) => {
		let answer = '';
		const link = connect(addressOf(socket));
		const fail = (why: string): void => {
			link.destroy();
			reject(stageError('E_HAPROXY_SOCKET', `HAProxy's socket ${socket}: ${why}`, 'is it there, and does it say `level admin`?'));
		};
		const timer = setTimeout(() => fail(`no answer to "${command}" within ${TIMEOUT_MS} ms`), TIMEOUT_MS);
		link.setEncoding('utf8');
		link.once('connect', () => link.write(`${command}\n`));
		link.on('data', (text: string) => {
			answer += text;
		});
		link.once('error', (error: NodeJS.ErrnoException) => {
			clearTimeout(timer);
			fail(error.code ?? error.message);
		});
		link.once('end', () => {
			clearTimeout(timer);
			link.destroy();
			resolve(answer.trim());
		});
	});

export interface ServerState {
	backend: string;
	server: string;
	/** host:port */
	address: string;
	/** srv_op_state: 0 stopped, 1 starting, 2 running, 3 stopping. */
	operational: number;
	/** srv_admin_state: bits 1 forced maintenance, 8 forced drain (and inherited ones). 0: ready. */
	admin: number;
}

/** `show servers state`, version 1: the columns are named in its second line. */
export const parseServersState = (text: string): ServerState[] => {
	const lines = text.split('\n');
	const names = lines
		.find((line) => line.startsWith('# '))
		?.slice(2)
		.trim()
		.split(' ');
	if (!names) return [];
	const column = (name: string): number => names.indexOf(name);
	return lines
		.filter((line) => /^\d+ /.test(line))
		.map((line) => line.split(' '))
		.filter((words) => words.length > column('srv_admin_state'))
		.map((words) => ({
			backend: words[column('be_name')] as string,
			server: words[column('srv_name')] as string,
			address: `${words[column('srv_addr')]}:${words[column('srv_port')] ?? '0'}`,
			operational: Number(words[column('srv_op_state')]),
			admin: Number(words[column('srv_admin_state')]),
		}));
};

export const serversState = async (socket: string, backend?: string): Promise<ServerState[]> => {
	const text = await haproxyCommand(socket, `show servers state${backend === undefined ? '' : ` ${backend}`}`);
	const states = parseServersState(text);
	if (states.length === 0)
		throw usageError('E_HAPROXY_SOCKET', `HAProxy's socket ${socket}: ${backend ?? 'it'} has no servers (it said: ${text.split('\n')[0] ?? ''})`);
	return states;
};

/** Requests in flight at a server: the column scur of `show stat`. */
export const serverSessions = async (socket: string, backend: string, server: string): Promise<number | null> => {
	const lines = (await haproxyCommand(socket, 'show stat')).split('\n');
	const names = lines[0]?.replace(/^# /, '').split(',') ?? [];
	const row = lines.map((line) => line.split(',')).find((words) => words[0] === backend && words[1] === server);
	const value = Number(row?.[names.indexOf('scur')]);
	return Number.isFinite(value) ? value : null;
};

export const FORCED_MAINT = 1;
export const FORCED_DRAIN = 8;

/** `set server`: HAProxy says nothing when it has done it, and a sentence when it has not. */
export const setServerState = async (socket: string, backend: string, server: string, state: 'ready' | 'drain' | 'maint'): Promise<void> => {
	const said = await haproxyCommand(socket, `set server ${backend}/${server} state ${state}`);
	if (said !== '')
		throw new DarumaError('E_HAPROXY_SOCKET', 4, `HAProxy refused to set ${backend}/${server} to ${state}: ${said}`, 'the socket needs `level admin`');
};
