import { STATUS_CODES } from 'node:http';
import type { Http1Head } from '../wire/http1.js';

/** A whole answer to a request that was not passed on: exact length, none where the status or HEAD forbids a body, and the request's wish about the connection honoured. */
export const madeUpAnswer = (request: Http1Head, status: number): Buffer => {
	const bodiless = status < 200 || status === 204 || status === 304;
	const body = bodiless ? '' : `${status} injected by daruma\n`;
	const fields = [
		`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Injected'}`,
		...(bodiless ? [] : ['Content-Type: text/plain', `Content-Length: ${body.length}`]),
		`Connection: ${request.keepAlive ? 'keep-alive' : 'close'}`,
		'X-Daruma-Injected: error',
	];
	return Buffer.from(`${fields.join('\r\n')}\r\n\r\n${request.method === 'HEAD' ? '' : body}`, 'latin1');
};

export const CONTINUE: Buffer = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
