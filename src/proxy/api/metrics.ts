import type { Answer } from '../../control/guarded-server.js';
import type { DatagramTotals, Direction, FaultProxy, Proxies } from '../contract.js';
import { processMetrics } from './process-metrics.js';

/** A float as Prometheus' Go library writes it (strconv 'g'): 1234567 is 1.234567e+06. */
export const goMetric = (n: number): string => {
	if (n === 0 || (Math.abs(n) < 1_000_000 && Math.abs(n) >= 1e-4)) return String(n);
	return n.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
};

const label = (text: string): string => `"${text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`;
const labels = (of: Record<string, string>): string =>
	`{${Object.entries(of)
		.map(([key, value]) => `${key}=${label(value)}`)
		.join(',')}}`;

const family = (name: string, type: string, help: string, lines: readonly string[]): string[] =>
	lines.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];

const DIRECTIONS: readonly Direction[] = ['downstream', 'upstream'];
const bytes = (name: string, proxies: readonly FaultProxy[], which: 'received' | 'sent'): string[] => {
	const lines = DIRECTIONS.flatMap((direction) =>
		proxies
			.filter((proxy) => proxy.counters().connections > 0)
			.map((proxy) => {
				const value = goMetric(proxy.counters()[which][direction]);
				return `${name}${labels({ direction, listener: proxy.listen, proxy: proxy.name, upstream: proxy.upstream })} ${value}`;
			}),
	);
	return family(name, 'counter', '', lines);
};

const DROPS = { lost: 'toxic', overflow: 'queue', unsent: 'system' } as const;
/** Nothing at all where no proxy passes datagrams on. */
const datagrams = (proxies: readonly FaultProxy[]): string[] => {
	const found = proxies.map((proxy) => ({ name: proxy.name, totals: proxy.counters().datagrams }));
	const each = (family: string, of: (totals: DatagramTotals, direction: Direction) => [value: number, more: Record<string, string>][]): string[] =>
		found.flatMap(({ name, totals }) =>
			totals === undefined
				? []
				: DIRECTIONS.flatMap((direction) =>
						of(totals, direction).map(([value, more]) => `${family}${labels({ direction, proxy: name, ...more })} ${goMetric(value)}`),
					),
		);
	const total = (what: string, help: string, of: Parameters<typeof each>[1]): string[] => {
		const name = `daruma_proxy_datagrams_${what}_total`;
		return family(name, 'counter', help, each(name, of));
	};
	return [
		...total('dropped', 'Datagrams that were not passed on, by why.', (totals, direction) =>
			Object.entries(DROPS).map(([key, reason]) => [totals[key as keyof typeof DROPS][direction], { reason }]),
		),
		...total('received', 'Datagrams that came.', ({ received }, direction) => [[received[direction], {}]]),
		...total('sent', 'Datagrams that were passed on, copies among them.', ({ sent }, direction) => [[sent[direction], {}]]),
	];
};

const perProxy = (name: string, type: string, help: string, proxies: readonly FaultProxy[], value: (proxy: FaultProxy) => number): string[] =>
	family(
		name,
		type,
		help,
		proxies.map((proxy) => `${name}${labels({ proxy: proxy.name })} ${goMetric(value(proxy))}`),
	);

/** Toxiproxy's counters, live rather than at the end of a connection, and what it lacks. Prometheus text format 0.0.4. */
export const metrics = (proxies: Proxies, runtime = false): Answer => {
	const all = [...proxies.list()].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
	const lines = [
		...perProxy('daruma_proxy_connections_open', 'gauge', 'Connections that are open now.', all, (p) => p.counters().open),
		...perProxy('daruma_proxy_connections_total', 'counter', 'Connections that were accepted.', all, (p) => p.counters().connections),
		...datagrams(all),
		...perProxy(
			'daruma_proxy_refused_total',
			'counter',
			'How often the machine of the upstream has said that nobody is there.',
			all.filter((p) => p.counters().datagrams),
			(p) => p.counters().datagrams?.refused ?? 0,
		),
		...perProxy('daruma_proxy_toxics', 'gauge', 'Toxics that are set now.', all, (p) => p.toxics().length),
		...family(
			'daruma_proxy_requests_injected_total',
			'counter',
			'Requests that a toxic has acted on, while it is set.',
			all.flatMap((proxy) =>
				proxy
					.injected()
					.map(({ toxic, type, requests }) => `daruma_proxy_requests_injected_total${labels({ proxy: proxy.name, toxic, type })} ${goMetric(requests)}`),
			),
		),
		...(runtime ? processMetrics().flatMap(({ name, type, help, value }) => family(name, type, help, [`${name} ${goMetric(value)}`])) : []),
		...bytes('toxiproxy_proxy_received_bytes_total', all, 'received'),
		...bytes('toxiproxy_proxy_sent_bytes_total', all, 'sent'),
	];
	return {
		status: 200,
		headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
		body: lines.map((line) => `${line}\n`).join(''),
	};
};
