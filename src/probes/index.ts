import { usageError } from '../model/errors.js';
import { queryOf, type Target } from '../model/target.js';
import type { Answer, Probe, ProbeOptions, Prober } from './probe.js';

/** One more protocol: one file, one line here, one test of the same name. `more`: what was asked for may take other code. */
export const PROBES: Readonly<Record<string, (more?: ProbeOptions['more']) => Promise<Probe>>> = {
	http: async (more) => (await import('./http.js')).httpFor(more),
	https: async (more) => (await import('./http.js')).httpFor(more),
	tcp: async () => (await import('./tcp.js')).tcp,
	tls: async () => (await import('./tls.js')).tls,
	grpc: async () => (await import('./grpc.js')).grpc,
	grpcs: async () => (await import('./grpc.js')).grpc,
	'jsonrpc+http': async () => (await import('./jsonrpc-http.js')).jsonRpcHttp,
	'jsonrpc+https': async () => (await import('./jsonrpc-http.js')).jsonRpcHttp,
	'jsonrpc+tcp': async () => (await import('./jsonrpc-tcp.js')).jsonRpcTcp,
	ws: async () => (await import('./ws.js')).ws,
	wss: async () => (await import('./ws.js')).ws,
	dns: async () => (await import('./dns.js')).dns,
	udp: async () => (await import('./udp.js')).udp,
	redis: async () => (await import('./redis.js')).redis,
	rediss: async () => (await import('./redis.js')).redis,
	postgres: async () => (await import('./postgres.js')).postgres,
	thrift: async () => (await import('./thrift.js')).thrift,
	exec: async () => (await import('./exec.js')).exec,
};

/** Loads a protocol's probe. Throws E_TARGET (exit 2) for one that nobody has written. */
export const loadProbe = async (protocol: string, more?: ProbeOptions['more']): Promise<Probe> => {
	const load = Object.hasOwn(PROBES, protocol) ? PROBES[protocol] : undefined;
	if (!load) throw usageError('E_TARGET', `no probe speaks ${protocol}: expected one of ${Object.keys(PROBES).join(', ')}`);
	return load(more);
};

/** Opens a prober; what the target's query says of how to ask wins over the same word in the options. */
export const openProber = (probe: Probe, target: Target, options: ProbeOptions, report: (answer: Answer) => void): Prober => {
	const query = queryOf(target);
	return probe.open(target, query === null ? options : { ...options, more: { ...options.more, ...query } }, report);
};

export { NO_FACTS, type Reply, simple } from './simple.js';
