import { type Cut, Malformed } from './cut.js';
import { JuteReader, JuteWriter, MOST_JUTE } from './jute.js';

/**
 * ZooKeeper's client protocol:
 *
 *   packet  = length:int content
 *   first   → ConnectRequest        ← ConnectResponse (a session id of 0, or no timeout: the session has expired)
 *   then    → xid:int type:int …    ← xid:int zxid:long error:int …     in the order of the requests
 *   at any time                     ← xid −1: a watch has fired (once; then it is gone)
 */
export const OP = { create: 1, delete: 2, exists: 3, getData: 4, setData: 5, ping: 11, getChildren: 8, auth: 100, close: -11 } as const;

export const XID = { watch: -1, ping: -2, auth: -4 } as const;

/** Names of the error codes that a client can meet. */
export const ZOOKEEPER_ERRORS: Readonly<Record<number, string>> = {
	[-1]: 'SYSTEM_ERROR',
	[-4]: 'CONNECTION_LOSS',
	[-5]: 'MARSHALLING_ERROR',
	[-6]: 'UNIMPLEMENTED',
	[-7]: 'OPERATION_TIMEOUT',
	[-8]: 'BAD_ARGUMENTS',
	[-101]: 'NO_NODE',
	[-102]: 'NO_AUTH',
	[-103]: 'BAD_VERSION',
	[-108]: 'NO_CHILDREN_FOR_EPHEMERALS',
	[-110]: 'NODE_EXISTS',
	[-111]: 'NOT_EMPTY',
	[-112]: 'SESSION_EXPIRED',
	[-114]: 'INVALID_ACL',
	[-115]: 'AUTH_FAILED',
	[-118]: 'SESSION_MOVED',
	[-119]: 'NOT_READ_ONLY',
};

export interface ZookeeperIdentity {
	id: bigint;
	password: Uint8Array;
}

export const NO_SESSION: ZookeeperIdentity = { id: 0n, password: new Uint8Array(16) };

export const connectRequest = (session: ZookeeperIdentity, timeoutMs: number, lastZxid: bigint): Uint8Array =>
	new JuteWriter().int(0).long(lastZxid).int(timeoutMs).long(session.id).buffer(session.password).bool(false).packet();

/** What the server granted; null: the session that was asked for has expired. Older servers do not say whether they are read-only. */
export const readConnected = (content: Uint8Array): (ZookeeperIdentity & { timeoutMs: number }) | null => {
	const reader = new JuteReader(content);
	reader.int();
	const timeoutMs = reader.int();
	const id = reader.long();
	const password = reader.buffer().slice();
	return timeoutMs <= 0 || id === 0n ? null : { id, password, timeoutMs };
};

const headed = (xid: number, op: number): JuteWriter => new JuteWriter().int(xid).int(op);

export const pingRequest = (): Uint8Array => headed(XID.ping, OP.ping).packet();
export const closeRequest = (xid: number): Uint8Array => headed(xid, OP.close).packet();
export const authRequest = (scheme: string, secret: string): Uint8Array =>
	headed(XID.auth, OP.auth).int(0).string(scheme).buffer(new TextEncoder().encode(secret)).packet();

/** getData, getChildren, exists: a path, and whether to hear of its next change. */
export const readRequest = (xid: number, op: 'getData' | 'getChildren' | 'exists', path: string, watch: boolean): Uint8Array =>
	headed(xid, OP[op]).string(path).bool(watch).packet();

const ALL_RIGHTS = 31;

export interface CreateOptions {
	ephemeral?: boolean;
	/** The server appends a number of ten digits to the path. */
	sequential?: boolean;
	/** Only who has authenticated as we have may touch it. */
	owned?: boolean;
}

export const createRequest = (xid: number, path: string, data: Uint8Array, options: CreateOptions = {}): Uint8Array => {
	const writer = headed(xid, OP.create).string(path).buffer(data).int(1).int(ALL_RIGHTS);
	writer.string(options.owned ? 'auth' : 'world').string(options.owned ? '' : 'anyone');
	return writer.int((options.ephemeral ? 1 : 0) + (options.sequential ? 2 : 0)).packet();
};
/** Version −1: whatever it is now. */
export const deleteRequest = (xid: number, path: string): Uint8Array => headed(xid, OP.delete).string(path).int(-1).packet();
export const setDataRequest = (xid: number, path: string, data: Uint8Array): Uint8Array => headed(xid, OP.setData).string(path).buffer(data).int(-1).packet();

export type ZookeeperMessage =
	/** Only `path` matters: whoever watches re-reads. */
	| { kind: 'watch'; path: string }
	| { kind: 'ping' }
	| { kind: 'auth'; error: number }
	/** `content` is what follows the header; empty where there was an error. */
	| { kind: 'reply'; xid: number; zxid: bigint; error: number; content: Uint8Array };

export const readMessage = (packet: Uint8Array): ZookeeperMessage => {
	const reader = new JuteReader(packet);
	const xid = reader.int();
	const zxid = reader.long();
	const error = reader.int();
	if (xid === XID.watch) {
		reader.int();
		reader.int();
		return { kind: 'watch', path: reader.string() };
	}
	if (xid === XID.ping) return { kind: 'ping' };
	if (xid === XID.auth) return { kind: 'auth', error };
	return { kind: 'reply', xid, zxid, error, content: packet.subarray(16) };
};

export const readChildren = (content: Uint8Array): string[] => new JuteReader(content).strings();
export const readData = (content: Uint8Array): Uint8Array => new JuteReader(content).buffer();
export const readCreated = (content: Uint8Array): string => new JuteReader(content).string();

/** The next whole packet's content, or null: more must come. */
export const cutPacket = (bytes: Uint8Array): Cut<Uint8Array> | null => {
	if (bytes.length < 4) return null;
	const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
	if (length < 0 || length > MOST_JUTE) throw new Malformed(`a packet of ${length} bytes: this is no ZooKeeper`);
	return bytes.length < 4 + length ? null : { value: bytes.subarray(4, 4 + length), length: 4 + length };
};
