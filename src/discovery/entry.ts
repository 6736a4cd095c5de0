import { addressOf, type Target } from '../model/target.js';
import type { Listed } from './source.js';

export interface Place {
	host: string;
	port: number;
	socketPath?: string;
}

/** `10.0.0.1:80`, `[::1]:80`, `unix:/run/app.sock`, or without a port if there is a usual one; null for what is none of these. */
export const parsePlace = (text: string, usualPort: number | null = null): Place | null => {
	const unix = /^unix:(\/.+?):?$/.exec(text)?.[1];
	if (unix !== undefined) return { host: 'localhost', port: 0, socketPath: unix };
	const found = /^(?:\[([0-9a-f:.]+(?:%\w+)?)\]|([\p{L}\p{N}_][\p{L}\p{N}_.-]*))(?::(\d{1,5}))?$/iu.exec(text);
	if (!found) return null;
	const host = (found[1] ?? found[2]) as string;
	const port = found[3] === undefined ? usualPort : Number(found[3]);
	return port === null || port < 1 || port > 65_535 ? null : { host, port };
};

/** An entry that is known by its address; how it is asked is said elsewhere, tcp unless it is. */
export const entryAt = (place: Place, weight: number, status: Listed['status'], more: { detail?: string | undefined; backup?: boolean } = {}): Listed => {
	const target: Target = { name: '', protocol: 'tcp', path: '', weight, ...place };
	target.name = place.socketPath === undefined ? addressOf(target) : `unix:${place.socketPath}`;
	return { target, status, ...(more.detail && { detail: more.detail }), ...(more.backup && { backup: true }) };
};
