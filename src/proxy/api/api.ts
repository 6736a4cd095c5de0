import type { Answer, Asked } from '../../control/guarded-server.js';
import type { FaultProxy, Proxies, ProxyOptions, ToxicState } from '../contract.js';
import { Failure, failed, failureFields, json, plainError, proxyExists, proxyNotFound, toFailure, toxicExists, toxicNotFound } from './failure.js';
import { type Infos, printProxies, printProxy, printToxic, printToxics } from './go-print.js';
import { type Entry, placed, readEntries, readProxy, readProxyChange, readToxic, readToxicChange } from './inputs.js';
import { metrics } from './metrics.js';
import { make, populate } from './populate.js';
import { requestId } from './request-id.js';
import { findRoute, type Route } from './routes.js';
import { keepObjection } from './state-file.js';
import { Turns } from './turns.js';

/** The release whose API this is, byte for byte. Clients read it to know what they may ask. */
export const TOXIPROXY_VERSION = '2.12.0';

export interface Api {
	answer(asked: Asked): Promise<Answer>;
	/** As POST /populate, for a config file. Rejects with what the API would have answered. */
	populate(body: Uint8Array): Promise<FaultProxy[]>;
}

export interface ApiParts {
	proxies: Proxies;
	infos: Infos;
	/** Whatever is accepted must survive a restart. */
	keepsState?: boolean;
	runtimeMetrics?: boolean;
}

interface Call {
	body: Buffer;
	proxyName: string;
	toxicName: string;
}
type Handler = (call: Call) => Answer | Promise<Answer>;

const NO_CONTENT: Answer = { status: 204 };

/** The HTTP API of Toxiproxy 2.12 over our proxies. */
export const createApi = ({ proxies, infos, keepsState = false, runtimeMetrics = false }: ApiParts): Api => {
	/** A key that a state file may not hold is refused before it is used. */
	const keep = <T extends { options: Partial<ProxyOptions> }>(entry: T): T => {
		const objection = keepsState ? keepObjection(entry.options) : null;
		if (objection !== null) throw new Failure(400, objection);
		return entry;
	};
	const entriesOf = (body: Uint8Array): Entry[] => readEntries(body, infos).map(keep);
	const turns = new Turns();
	const proxyOf = ({ proxyName }: Call): FaultProxy => {
		const proxy = proxies.get(proxyName);
		if (!proxy) throw proxyNotFound();
		return proxy;
	};
	const toxicOf = (proxy: FaultProxy, { toxicName }: Call): ToxicState => {
		const toxic = proxy.toxic(toxicName);
		if (!toxic) throw toxicNotFound();
		return toxic;
	};
	const shown = (toxic: ToxicState): Answer => json(200, printToxic(toxic, infos(toxic.type)));

	const create: Handler = ({ body }) => {
		const entry = keep(readProxy(body, infos));
		return turns.take([entry.name], async () => {
			if (proxies.get(entry.name)) throw proxyExists();
			return json(201, printProxy(await make(proxies, entry), infos));
		});
	};
	const update: Handler = (call) =>
		turns.take([call.proxyName], async () => {
			const proxy = proxyOf(call);
			const { change, options } = keep(readProxyChange(call.body, proxy));
			await proxy.update(change);
			proxy.setOptions(options);
			return json(200, printProxy(proxy, infos));
		});
	const remove: Handler = (call) =>
		turns.take([call.proxyName], async () => {
			proxyOf(call);
			await proxies.delete(call.proxyName);
			return NO_CONTENT;
		});
	const reset: Handler = () =>
		turns.take(
			proxies.list().map(({ name }) => name),
			async () => {
				await proxies.reset();
				return NO_CONTENT;
			},
		);
	const addToxic: Handler = (call) => {
		const proxy = proxyOf(call);
		const toxic = readToxic(call.body, placed(infos, proxy.upstream), (name) => {
			if (proxy.toxic(name)) throw toxicExists();
		});
		return shown(proxy.addToxic(toxic));
	};
	const updateToxic: Handler = (call) => {
		const proxy = proxyOf(call);
		const now = toxicOf(proxy, call);
		const info = infos(now.type);
		if (!info) throw new Failure(500, `no toxic type ${now.type}`);
		return shown(proxy.updateToxic(now.name, readToxicChange(call.body, info, now)));
	};
	const removeToxic: Handler = (call) => {
		const proxy = proxyOf(call);
		proxy.removeToxic(toxicOf(proxy, call).name);
		return NO_CONTENT;
	};
	const populateAll: Handler = async ({ body }) => {
		let entries: Entry[];
		try {
			entries = entriesOf(body);
		} catch (error) {
			const failure = toFailure(error);
			return json(failure.status, `{${failureFields(failure)},"proxies":null}`);
		}
		const { done, error } = await populate(proxies, turns, entries);
		const list = done.length === 0 ? 'null' : `[${done.map((proxy) => printProxy(proxy, infos)).join(',')}]`;
		if (error === null) return json(201, `{"proxies":${list}}`);
		const failure = toFailure(error);
		return json(failure.status, `{${failureFields(failure)},"proxies":${list}}`);
	};

	const one = /^\/proxies\/([^/]+)$/;
	const toxics = /^\/proxies\/([^/]+)\/toxics$/;
	const toxic = /^\/proxies\/([^/]+)\/toxics\/([^/]+)$/;
	const routes: Route<Handler>[] = [
		{ methods: ['POST'], path: /^\/reset$/, to: reset },
		{ methods: ['GET'], path: /^\/proxies$/, to: () => json(200, printProxies(proxies.list(), infos)) },
		{ methods: ['POST'], path: /^\/proxies$/, to: create },
		{ methods: ['POST'], path: /^\/populate$/, to: populateAll },
		{ methods: ['GET'], path: one, to: (call) => json(200, printProxy(proxyOf(call), infos)) },
		{ methods: ['POST', 'PATCH'], path: one, to: update },
		{ methods: ['DELETE'], path: one, to: remove },
		{ methods: ['GET'], path: toxics, to: (call) => json(200, printToxics(proxyOf(call), infos)) },
		{ methods: ['POST'], path: toxics, to: addToxic },
		{ methods: ['GET'], path: toxic, to: (call) => shown(toxicOf(proxyOf(call), call)) },
		{ methods: ['POST', 'PATCH'], path: toxic, to: updateToxic },
		{ methods: ['DELETE'], path: toxic, to: removeToxic },
		{ methods: ['GET'], path: /^\/version$/, to: version },
		{ methods: ['GET'], path: /^\/events$/, to: () => events(proxies) },
		{ methods: [], path: /^\/metrics$/, to: () => metrics(proxies, runtimeMetrics) },
	];

	return {
		answer: async ({ method, url, headers, body }) => {
			const found = findRoute(routes, method, url);
			if (found.kind === 'malformed')
				return { status: 400, headers: { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }, body: '400 Bad Request' };
			if (found.kind === 'moved') return { status: 301, headers: { Location: found.location } };
			if (found.kind === 'absent') return plainError(404, '404 page not found');
			if (found.kind !== 'route') return { status: 405 };
			const answer = await handled(headers['user-agent'], () => found.to({ body, proxyName: found.names[0] ?? '', toxicName: found.names[1] ?? '' }));
			return { ...answer, headers: { ...answer.headers, 'X-Toxiproxy-Request-Id': requestId() } };
		},
		populate: async (body) => {
			const { done, error } = await populate(proxies, turns, entriesOf(body));
			if (error !== null) throw error;
			return done;
		},
	};
};

/** One line of JSON per event, from now on; Toxiproxy has no such thing. */
const events = (proxies: Proxies): Answer => ({
	status: 200,
	headers: { 'Content-Type': 'application/x-ndjson' },
	feed: (tell) => proxies.subscribe((event) => tell(`${JSON.stringify(event)}\n`)),
});

const version = (): Answer => ({
	status: 200,
	headers: { 'Content-Type': 'application/json;charset=utf-8' },
	body: `{"version": "${TOXIPROXY_VERSION}"}\n`,
});

const handled = async (agent: string | undefined, handle: () => Answer | Promise<Answer>): Promise<Answer> => {
	if (agent?.startsWith('Mozilla/')) return plainError(403, 'User agent not allowed');
	try {
		return await handle();
	} catch (error) {
		return failed(toFailure(error));
	}
};
