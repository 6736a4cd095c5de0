import type { Answer, Asked } from '../../control/guarded-server.js';
import { EXPOSITION_TYPE } from '../../report/exposition.js';
import { prometheus } from '../../report/watch/prometheus.js';
import { endpointStatus, status } from '../../report/watch/status.js';
import { type AgentWord, parseAgentLine } from '../../wire/haproxy-agent.js';
import { type PushedReport, parseLoadReport } from '../../wire/load-report.js';
import type { WatchSession } from './session.js';
import { isName } from './watched.js';

const json = (status: number, document: unknown, headers: Record<string, string> = {}): Answer => ({
	status,
	headers: { 'Content-Type': 'application/json; charset=utf-8', 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store', ...headers },
	body: `${JSON.stringify(document)}\n`,
});
const problem = (status: number, message: string, headers?: Record<string, string>): Answer => json(status, { error: message, status }, headers);

const TOO_MANY = 'too many endpoints have made themselves known by a report';
const unknownName = (name: string): string => `no endpoint is called ${JSON.stringify(name.slice(0, 120))}; --accept-unknown would take it as a new one`;

/** What is asked of a watch over HTTP: `/metrics`, `/status`, `/healthz`, and reports pushed to `/report/NAME`. */
export const answerWatch = (session: WatchSession, { method, url, body }: Asked): Answer => {
	const [path = ''] = url.split(/[?#]/);
	const reading = method === 'GET' || method === 'HEAD';
	if (path.startsWith('/report/')) return report(session, method, path.slice('/report/'.length), body);
	if (!['/', '/metrics', '/status', '/healthz'].includes(path)) return problem(404, 'expected /metrics, /status, /healthz or /report/NAME');
	if (!reading) return problem(405, `${path} is only read`, { Allow: 'GET, HEAD' });
	if (path === '/metrics')
		return { status: 200, headers: { 'Content-Type': EXPOSITION_TYPE, 'X-Content-Type-Options': 'nosniff' }, body: prometheus(session.view()) };
	if (path === '/status') return json(200, status(session.view()));
	const text = path === '/healthz' ? 'ok\n' : 'daruma watch: /metrics /status /healthz, POST /report/NAME\n';
	return { status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }, body: text };
};

const report = (session: WatchSession, method: string, encoded: string, body: Buffer): Answer => {
	let name: string;
	try {
		name = decodeURIComponent(encoded);
	} catch {
		return problem(400, 'the name is not percent-encoded UTF-8');
	}
	if (!isName(name)) return problem(400, 'expected a name of 1 to 512 characters without blanks');
	if (method === 'DELETE') return session.signOff(name) ? json(200, { endpoint: name, reports: 'ended' }) : problem(404, unknownName(name));
	if (method !== 'POST' && method !== 'PUT') return problem(405, 'a report is sent with POST, and ended with DELETE', { Allow: 'POST, PUT, DELETE' });
	const said = parseLoadReport(body.toString('utf8'));
	if (typeof said === 'string') return problem(400, said);
	return taken(session, name, said);
};

const taken = (session: WatchSession, name: string, said: PushedReport): Answer => {
	const row = session.report(name, said);
	if (row === 'unknown') return problem(404, unknownName(name));
	if (row === 'full') return problem(507, TOO_MANY);
	const { endpoint, state, why, load } = endpointStatus(row, 0);
	return json(200, { endpoint, state, why, load });
};

/** A line of an agent: `NAME up 50%`. Returns what it is told. */
export const answerAgent = (session: WatchSession, line: string): string => {
	const found = /^\s*(\S+)\s+(.*\S)\s*$/.exec(line);
	if (!found) return 'error: expected a name and what is said of it, such as "n1 up 50%"';
	const [, name, rest] = found as unknown as [string, string, string];
	if (!isName(name)) return 'error: expected a name of 1 to 512 characters';
	const said: AgentWord | string = parseAgentLine(rest);
	if (typeof said === 'string') return `error: ${said}`;
	const row = session.report(name, { agent: said });
	return row === 'unknown' ? `error: ${unknownName(name)}` : row === 'full' ? `error: ${TOO_MANY}` : `ok ${row.state}`;
};
