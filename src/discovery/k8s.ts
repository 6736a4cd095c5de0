import { findProgram, runToEnd } from '../systems/program.js';
import { durationOption, readAddress, wrongSource } from './address.js';
import { askAgain } from './again.js';
import { httpGet, httpLines } from './http-get.js';
import { type Access, findAccess } from './k8s-access.js';
import { readSlices, Slices } from './k8s-slices.js';
import type { SourceKind, SourceListener } from './source.js';

const usage = 'k8s://NAMESPACE/SERVICE[:PORT]';
const OPTIONS = ['kubeconfig', 'context', 'server', 'via', 'every'];
const TIMEOUT_MS = 10_000;
/** A watch is begun anew by then; the server closes it after about so long. */
const WATCH_S = 240;
const KUBECTL_MS = 5000;
/** Watches that end at once are not begun anew at once. */
const SHORTEST_WATCH_MS = 1000;

const NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

interface Wanted {
	namespace: string;
	service: string;
	port: string | null;
}

const pathOf = ({ namespace }: Wanted): string => `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
const selectorOf = ({ service }: Wanted): string => `kubernetes.io/service-name=${service}`;

const tell = (slices: Slices, { namespace, service, port }: Wanted, listener: SourceListener): void => {
	// Every service with a selector has a slice, if an empty one: without any there is no such service, or it was deleted.
	if (slices.all.length === 0) throw new Error(`namespace ${namespace} has no EndpointSlice of a service ${service}`);
	const { entries, note } = readSlices(slices.all, port);
	listener.listed(entries, note);
};

const refused = (status: number, body: string): Error => {
	let said = '';
	try {
		said = String((JSON.parse(body) as { message?: unknown }).message ?? '');
	} catch {
		// An answer that is not the API's has no message.
	}
	return new Error(`it answered ${status}${said === '' ? '' : `: ${said}`}`);
};

/** One list, then a watch from its version on until that ends. Returns when to begin again, ms. */
const listAndWatch = async (
	access: Extract<Access, { server: URL }>,
	wanted: Wanted,
	listener: SourceListener,
	signal: AbortSignal,
	now: () => number,
): Promise<number> => {
	const { server, headers, tls } = access;
	const url = new URL(`${server.pathname.replace(/\/$/, '')}${pathOf(wanted)}`, server);
	url.searchParams.set('labelSelector', selectorOf(wanted));
	const slices = new Slices();
	const options = { headers, tls, signal, timeoutMs: TIMEOUT_MS };
	const { status, body } = await httpGet(url, options);
	if (status !== 200) throw refused(status, body);
	slices.list(JSON.parse(body));
	if (signal.aborted) return 0;
	tell(slices, wanted, listener);
	for (;;) {
		const beganMs = now();
		const watch = new URL(url);
		for (const [key, value] of Object.entries({ watch: '1', resourceVersion: slices.version, allowWatchBookmarks: 'true', timeoutSeconds: String(WATCH_S) }))
			watch.searchParams.set(key, value);
		let relist = false;
		let failure: Error | null = null;
		const enough = new AbortController();
		const ended = await httpLines(watch, { ...options, signal: AbortSignal.any([signal, enough.signal]), timeoutMs: (WATCH_S + 30) * 1000 }, (line) => {
			if (relist || signal.aborted) return;
			const word = slices.event(line);
			try {
				if (word.kind === 'changed') tell(slices, wanted, listener);
			} catch (error) {
				failure = error as Error;
			}
			relist = word.kind === 'relist' || failure !== null;
			if (relist) enough.abort();
		}).catch((error: Error) => {
			if (relist) return { status: 200, body: '' };
			throw error;
		});
		if (failure) throw failure;
		if (signal.aborted) return 0;
		// Whoever says at once that its history is gone is not asked without a pause.
		if (relist || ended.status === 410) return now() - beganMs < SHORTEST_WATCH_MS ? SHORTEST_WATCH_MS : 0;
		if (ended.status !== 200) throw refused(ended.status, ended.body);
		if (now() - beganMs < SHORTEST_WATCH_MS) return SHORTEST_WATCH_MS;
	}
};

/** `kubectl get`, for users whom only a plugin of kubectl can authenticate. */
const askKubectl = async (args: readonly string[], wanted: Wanted, listener: SourceListener): Promise<void> => {
	const kubectl = await findProgram('kubectl', ['/usr/local/bin', '/opt/homebrew/bin']);
	if (kubectl === undefined) throw new Error('kubectl was not found in PATH');
	// As it is, so that kubectl needs not learn first what kinds of things there are.
	const path = `${pathOf(wanted)}?${new URLSearchParams({ labelSelector: selectorOf(wanted) })}`;
	const { code, output } = await runToEnd(kubectl, [...args, 'get', '--raw', path, '--request-timeout=8s']);
	if (code !== 0) throw new Error(`${output.trim().split('\n').at(-1) ?? `kubectl ended with ${code}`}`);
	const slices = new Slices();
	slices.list(JSON.parse(output));
	tell(slices, wanted, listener);
};

/** The EndpointSlices of a service: from the API by list and watch, or from kubectl every few seconds. */
export const k8s: SourceKind = {
	usage,
	follow(address, listener, clock) {
		const read = readAddress(address, usage, OPTIONS);
		const { body, options, fragment } = read;
		const [, namespace = '', service = '', port = null] = /^\/\/([^/]*)\/([^/:]*)(?::([^/:]+))?$/.exec(body) ?? [];
		if (!NAME.test(namespace) || !NAME.test(service) || fragment !== null) throw wrongSource(address, 'a namespace and a service after k8s://', usage);
		if (options.via !== undefined && options.via !== 'kubectl') throw wrongSource(address, `via=kubectl, found ${JSON.stringify(options.via)}`, usage);
		if (options.server !== undefined && !/^https?:\/\/./.test(options.server) && !URL.canParse(options.server))
			throw wrongSource(address, 'server=http://HOST:PORT, such as that of kubectl proxy', usage);
		const everyMs = durationOption(address, usage, read, 'every', KUBECTL_MS);
		const wanted = { namespace, service, port };
		return askAgain(
			async (signal) => {
				// Anew each time: tokens are renewed, and contexts changed.
				const access = findAccess(options);
				try {
					if (!('kubectl' in access)) return await listAndWatch(access, wanted, listener, signal, () => clock.now());
					await askKubectl(access.kubectl, wanted, listener);
					return everyMs;
				} catch (error) {
					throw new Error(`${'server' in access ? access.server.origin : access.where}: ${(error as Error).message}`);
				}
			},
			listener,
			clock,
		);
	},
};
