import { endpointOf, type Registered } from './registered.js';

type Json = Record<string, unknown>;

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Consul reserves these ids for maintenance mode, of a node and of a service. */
const isMaintenance = (id: string): boolean => id === '_node_maintenance' || id.startsWith('_service_maintenance:');

interface Judged {
	status: Registered['status'];
	detail?: string;
	warning?: boolean;
}

/** Maintenance goes before critical, that before warning; a warning still takes traffic, as Consul's own DNS gives it out. */
export const judgeChecks = (checks: unknown): Judged => {
	if (!Array.isArray(checks)) return { status: 'unknown' };
	const all = checks.map(object);
	const named = (check: Json): string => text(check.Name) || text(check.CheckID);
	const maintained = all.find((check) => isMaintenance(text(check.CheckID)));
	if (maintained) return { status: 'down', detail: `maintenance mode${text(maintained.Notes) && `: ${text(maintained.Notes)}`}`.slice(0, 200) };
	const critical = all.find((check) => check.Status === 'critical');
	if (critical) return { status: 'down', detail: `critical: ${named(critical)}`.slice(0, 200) };
	const warning = all.find((check) => check.Status === 'warning');
	if (warning) return { status: 'up', detail: `warning: ${named(warning)}`.slice(0, 200), warning: true };
	return { status: 'up' };
};

const weightOf = (weights: unknown, warning: boolean): number => {
	const weight = object(weights)[warning ? 'Warning' : 'Passing'];
	return typeof weight === 'number' && weight > 0 && weight <= 1_000_000 ? weight : 1;
};

/** `/v1/health/service/NAME`. Null: this is no such answer. Entries without a port cannot be connected to, and are left out. */
export const readHealth = (json: unknown): Registered[] | null => {
	if (!Array.isArray(json)) return null;
	return json.flatMap((each) => {
		const entry = object(each);
		const service = object(entry.Service);
		const endpoint = endpointOf(text(service.Address) || text(object(entry.Node).Address), service.Port);
		if (!endpoint) return [];
		const { status, detail, warning = false } = judgeChecks(entry.Checks);
		return [{ ...endpoint, weight: weightOf(service.Weights, warning), status, ...(detail !== undefined && { detail }) }];
	});
};

/** `/v1/catalog/service/NAME`: who is registered, without an opinion. */
export const readCatalog = (json: unknown): Registered[] | null => {
	if (!Array.isArray(json)) return null;
	return json.flatMap((each) => {
		const entry = object(each);
		const endpoint = endpointOf(text(entry.ServiceAddress) || text(entry.Address), entry.ServicePort);
		return endpoint ? [{ ...endpoint, weight: weightOf(entry.ServiceWeights, false), status: 'unknown' }] : [];
	});
};

/** What to ask with next. 0 asks without waiting: after an index that went backwards (the server was restored), or none. */
export const nextIndex = (before: bigint, header: string | undefined): bigint => {
	if (header === undefined || !/^\d{1,20}$/.test(header)) return 0n;
	const index = BigInt(header);
	return index < before ? 0n : index;
};

/** How long to wait for the answer to a blocking query: the server adds up to a sixteenth, and may be slow to begin. */
export const patienceMs = (waitMs: number): number => Math.ceil((waitMs * 17) / 16) + 2000;
