import type { Weighted } from '../../../src/report/weights/index.js';

const server = (rank: number, host: string, port: number, weight: number, why: string): Weighted => ({
	rank,
	endpoint: `http://${host}:${port}`,
	state: weight === 0 ? 'down' : 'up',
	score: weight / 100,
	weight,
	why,
	host,
	port,
});

/** Two that live, one of them on IPv6, and one that is down; the reason is what an endpoint could make of it. */
export const SERVERS: Weighted[] = [
	server(1, '127.0.0.1', 8001, 67, 'mean 12ms'),
	server(2, '::1', 8002, 33, 'mean 25ms; } server evil; #\n\tserver 10.0.0.1:80;\u001b[31m "quote \\'),
	server(3, '127.0.0.1', 8003, 0, '3 of 3 missed: refused'),
];

export const HOSTILE: [servers: Weighted[], pool: string][] = [
	[SERVERS, 'app {'],
	[SERVERS, 'app\nbackend other'],
	[SERVERS, ''],
	[[{ ...(SERVERS[0] as Weighted), host: '127.0.0.1; include /etc/passwd' }], 'app'],
	[[{ ...(SERVERS[0] as Weighted), host: 'a\nb' }], 'app'],
	[[{ ...(SERVERS[0] as Weighted), host: '-a' }], 'app'],
	[[{ ...(SERVERS[0] as Weighted), port: 70_000 }], 'app'],
	[[{ ...(SERVERS[0] as Weighted), port: Number.NaN }], 'app'],
];
