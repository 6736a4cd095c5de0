import type { ExecutionContext } from 'ava';
import { serveHttp } from '../discovery/registry-stage.js';

export interface Agent {
	/** host:port */
	host: string;
	/** Paths of what was changed. */
	puts: string[];
	reasonOf(id: string): string | undefined;
	forget(id: string): void;
}

/** As much of an agent as maintenance mode needs: its list of one service with its checks, and the mode's own endpoint. */
export const serveAgent = async (t: ExecutionContext, service: string, instances: { id: string; port: number; maintenance?: string }[]): Promise<Agent> => {
	const puts: string[] = [];
	const reasons = new Map(instances.flatMap(({ id, maintenance }) => (maintenance === undefined ? [] : [[id, maintenance] as const])));
	const listed = new Map(instances.map((each) => [each.id, each]));
	const host = await serveHttp(t, (request, response) => {
		const url = new URL(request.url as string, 'http://agent');
		const end = (status: number, body: string): void => void response.writeHead(status).end(body);
		if (request.method === 'GET' && url.pathname === `/v1/health/service/${service}`) {
			const entries = [...listed.values()].map(({ id, port }) => ({
				Node: { Node: 'here', Address: '127.0.0.1' },
				Service: { ID: id, Service: service, Address: '', Port: port },
				Checks: reasons.has(id) ? [{ CheckID: `_service_maintenance:${id}`, Status: 'critical', Notes: reasons.get(id) }] : [],
			}));
			return end(200, JSON.stringify(entries));
		}
		const prefix = '/v1/agent/service/maintenance/';
		if (request.method !== 'PUT' || !url.pathname.startsWith(prefix)) return end(405, 'no such question');
		const id = decodeURIComponent(url.pathname.slice(prefix.length));
		if (!listed.has(id)) return end(404, `Unknown service ID "${id}"`);
		puts.push(request.url as string);
		if (url.searchParams.get('enable') === 'true') reasons.set(id, url.searchParams.get('reason') ?? '');
		else reasons.delete(id);
		end(200, '');
	});
	return { host, puts, reasonOf: (id) => reasons.get(id), forget: (id) => void listed.delete(id) };
};
