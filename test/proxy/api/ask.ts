import { request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Reply {
	status: number;
	headers: Record<string, string | string[] | undefined>;
	body: string;
}

export interface Question {
	method: string;
	path: string;
	body?: string | Buffer;
	headers?: Record<string, string>;
}

/** One request, as bytes would have it: no client's ideas of paths, bodies or headers. */
export const ask = (base: string, { method, path, body, headers = {} }: Question): Promise<Reply> =>
	new Promise((resolve, reject) => {
		const { hostname, port } = new URL(base);
		const asked = request({
			host: hostname.replace(/[[\]]/g, ''),
			port,
			method,
			path,
			headers: { ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }), ...headers },
		});
		asked.once('error', reject);
		asked.once('response', (response) => {
			const chunks: Buffer[] = [];
			response.on('data', (chunk) => chunks.push(chunk));
			response.once('error', reject);
			response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }));
		});
		asked.end(body);
	});

export const portOf = (address: AddressInfo | string | null): number => (address as AddressInfo).port;
