import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { ExecutionContext } from 'ava';
import { freePort } from '../../../src/platform/ports.js';
import type { FaultProxy, Proxies, ProxyEvent } from '../../../src/proxy/contract.js';
import { createProxies } from '../../../src/proxy/proxies.js';
import { soon } from '../stage.js';

export const until = async (seen: () => boolean): Promise<void> => {
	while (!seen()) await soon(2);
};
export const portIn = (address: string): number => Number(address.split(':').pop());

/** A bound socket and what it has heard. */
export class Party {
	readonly heard: Buffer[] = [];
	readonly from: RemoteInfo[] = [];
	readonly socket: Socket;
	readonly host: string;
	private constructor(socket: Socket, host: string) {
		this.socket = socket;
		this.host = host;
		socket.on('error', () => {});
		socket.on('message', (bytes, from) => {
			this.heard.push(bytes);
			this.from.push(from);
		});
	}
	static async at(t: ExecutionContext, host = '127.0.0.1', port = 0): Promise<Party> {
		const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
		await new Promise<void>((resolve, reject) => {
			socket.once('error', reject);
			socket.bind(port, host, resolve);
		});
		try {
			socket.setRecvBufferSize(1 << 22);
		} catch {}
		t.teardown(() => new Promise<void>((resolve) => ((socket as { closed?: true }).closed ? resolve() : socket.close(() => resolve()))));
		return new Party(socket, host);
	}
	get port(): number {
		return this.socket.address().port;
	}
	get url(): string {
		return `udp://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
	}
	get texts(): string[] {
		return this.heard.map((bytes) => bytes.toString('latin1'));
	}
	send(to: string | number, ...contents: (string | Uint8Array)[]): void {
		for (const content of contents) this.socket.send(content, typeof to === 'number' ? to : portIn(to), this.host);
	}
	close(): void {
		(this.socket as { closed?: true }).closed = true;
		this.socket.close();
	}
	async hears(count: number): Promise<void> {
		await until(() => this.heard.length >= count);
	}
}

/** For whoever binds it twice: of the random ones, somebody else may have it meanwhile. */
export const steady = async (): Promise<string> => `udp://127.0.0.1:${await freePort()}`;

/** Answers every datagram with itself. */
export const echo = async (t: ExecutionContext, host = '127.0.0.1', port = 0): Promise<Party> => {
	const party = await Party.at(t, host, port);
	party.socket.on('message', (bytes, from) => party.socket.send(bytes, from.port, from.address));
	return party;
};

export interface Staged {
	proxies: Proxies;
	proxy: FaultProxy;
	events: ProxyEvent[];
}

export const udpProxy = async (t: ExecutionContext, upstream: string, listen = '', seed = 7): Promise<Staged> => {
	const proxies = createProxies({ seed });
	t.teardown(() => proxies.close());
	const events: ProxyEvent[] = [];
	proxies.subscribe((event) => events.push(event));
	return { proxies, proxy: await proxies.create({ name: 'd', listen, upstream, enabled: true }), events };
};

export const toxic = (type: string, attributes: Record<string, number | string | boolean> = {}, more: object = {}) => ({
	name: type,
	type,
	stream: 'upstream',
	toxicity: 1,
	attributes,
	...more,
});
