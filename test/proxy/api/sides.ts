import { freePort } from '../../../src/platform/ports.js';
import { ask, type Question, type Reply } from './ask.js';

/** A server of the API, and the free ports that questions to it may name. */
export interface Side {
	url: string;
	ports: Record<string, number>;
}

export const side = async (url: string): Promise<Side> => ({
	url,
	ports: { a: await freePort(), b: await freePort(), c: await freePort(), d: await freePort() },
});

const MATTER = ['content-type', 'x-content-type-options', 'location', 'allow', 'connection'];

/** What a client sees. Ports are named alike on all sides; a random one may be on any address (an empty `listen` is loopback here, all interfaces there). */
const seen = ({ ports }: Side, { status, headers, body }: Reply): object => {
	let text = body;
	for (const [name, port] of Object.entries(ports)) {
		text = text.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:{${name}}`).replaceAll(`localhost:${port}`, `localhost:{${name}}`);
	}
	text = text.replaceAll(/"listen":"(127\.0\.0\.1|\[::\]):\d+"/g, '"listen":"{random}"');
	const shown = Object.fromEntries(MATTER.map((name) => [name, headers[name]]).filter(([, value]) => value !== undefined));
	return { status, headers: shown, id: /^[0-9a-v]{20}$/.test(String(headers['x-toxiproxy-request-id'] ?? '')), body: text };
};

export const tell = async (on: Side, question: Question): Promise<object> => {
	const filled = (body: string): string => body.replace(/\{([abcd])\}/g, (_, name) => String(on.ports[name]));
	return seen(on, await ask(on.url, { ...question, ...(typeof question.body === 'string' && { body: filled(question.body) }) }));
};

export const short = (question: Question): string => `${question.method} ${question.path} ${String(question.body ?? '').slice(0, 200)}`;
