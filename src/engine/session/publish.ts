import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestServer } from '../../control/request-server.js';
import { stageError } from '../../model/errors.js';
import { listenUnix } from '../../proxy/unix-socket.js';
import type { LocalSession } from './local.js';
import { recordOf, removeRecord, writeRecord } from './record.js';
import type { HealWhat, LogOptions, Session } from './session.js';

/** sockaddr_un holds 108 bytes on Linux, 104 on macOS, the final zero included. */
const LONGEST_PATH = 103;
/** Removed at the session's end by whoever ends it; no deadline of its own. */
const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;

/** What may be asked over the socket. `stop` is answered when all has ended. */
const methodsOf = (session: Session) => ({
	status: () => session.status(),
	inject: (fault: Parameters<Session['inject']>[0]) => session.inject(fault),
	heal: ({ what }: { what: HealWhat }) => session.heal(what),
	untilHealed: ({ ids }: { ids: string[] }) => session.untilHealed(ids),
	restart: ({ node }: { node: string }) => session.restart(node),
	logs: ({ who, options }: { who: string; options: Omit<LogOptions, 'signal'> }, signal: AbortSignal) => session.logs(who, { ...options, signal }),
	stop: () => session.stop(),
});

export interface Published {
	socket: string;
	/** Answers what is still to be answered, and takes the record away. */
	close(): Promise<void>;
}

/** Lets other processes of this user reach the session: a socket, and a record in `.daruma/` of `base` that names it. */
export const publish = async (session: LocalSession, base: string, detached: boolean): Promise<Published> => {
	const folder = socketFolder(session.folder.id);
	const socket = join(folder, 's');
	const { custody } = session;
	await custody.arm({ kind: 'remove-folder', path: folder }, FOR_EVER_MS);
	mkdirSync(folder, { mode: 0o700 });
	await custody.arm({ kind: 'remove-file', path: socket }, FOR_EVER_MS);
	const { server, close } = requestServer(methodsOf(session));
	await listenUnix(server, socket);
	writeRecord(base, recordOf(session.folder, socket, detached));
	return {
		socket,
		async close() {
			removeRecord(base, session.folder.id);
			await close();
		},
	};
};

const socketFolder = (run: string): string => {
	const fits = [tmpdir(), '/tmp'].map((base) => join(base, `daruma-${run}`)).find((path) => Buffer.byteLength(join(path, 's')) <= LONGEST_PATH);
	if (fits === undefined)
		throw stageError('E_SOCKET', `no folder for temporary files has a path short enough for a socket: ${tmpdir()}`, 'set TMPDIR to a shorter one');
	if (lstatSync(fits, { throwIfNoEntry: false })) throw stageError('E_SOCKET', `${fits} is there already, and not ours`, 'remove it, or set TMPDIR');
	return fits;
};
