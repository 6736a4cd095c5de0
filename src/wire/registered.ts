/** What one entry of a registry says of one endpoint, whatever the layout that it was written in. */
export interface Registered {
	host: string;
	port: number;
	/** 1 unless it says so. */
	weight: number;
	tls?: boolean;
	status: 'up' | 'down' | 'unknown';
	detail?: string;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const HOST = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})$/;
const V6 = /^[0-9A-Fa-f:.]{2,45}(?:%[\w.-]+)?$/;

/** A host and port that can be connected to; null for anything else, since foreign text must not become a URL. */
export const endpointOf = (host: unknown, port: unknown): { host: string; port: number } | null => {
	const number = typeof port === 'string' && /^\d{1,5}$/.test(port) ? Number(port) : port;
	if (typeof host !== 'string' || typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > 65_535) return null;
	const bare = host.replace(/^\[(.*)\]$/, '$1');
	return HOST.test(bare) || (bare.includes(':') && V6.test(bare)) ? { host: bare, port: number } : null;
};

const MOST_WEIGHT = 1_000_000;
const weightOf = (value: unknown): number => {
	const weight = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	return typeof weight === 'number' && weight >= 0 && weight <= MOST_WEIGHT ? weight : 1;
};

/** No traffic by its own wish: weight 0. */
const weighted = (entry: Registered): Registered => (entry.weight > 0 ? entry : { ...entry, weight: 1, status: 'down', detail: entry.detail ?? 'weight 0' });

/** `host:port`, `[v6]:port`, and Armeria's `host:port:weight`; a URL's scheme before it says whether TLS comes first. */
export const readHostPort = (text: string): Registered | null => {
	const found = /^(?:([A-Za-z][\w+.-]*):\/\/)?(\[[^\]]+\]|[^\s:/?#@[\]]+):(\d{1,5})(?::(\d+(?:\.\d+)?))?(?:\/\S*)?$/.exec(text.trim());
	const endpoint = found && endpointOf(found[2], found[3]);
	if (!endpoint) return null;
	const tls = /^(?:https|tls|ssl|grpcs|wss|rediss|SSL|SASL_SSL)$/.test(found[1] ?? '');
	return weighted({ ...endpoint, weight: weightOf(found[4]), status: 'unknown', ...(tls && { tls }) });
};

/** Dubbo's provider: a whole URL as the name of a node, percent-encoded. Weight and `disabled` are its parameters. */
const readProvider = (name: string): Registered | null => {
	if (!/^[a-z][\w.+-]*(?:%3A%2F%2F|:\/\/)/i.test(name)) return null;
	let url: URL;
	try {
		url = new URL(decodeURIComponent(name).replace(/^[^:]+:\/\//, 'http://'));
	} catch {
		return null;
	}
	const endpoint = endpointOf(url.hostname, url.port === '' ? 80 : url.port);
	if (!endpoint) return null;
	const off = url.searchParams.get('disabled') === 'true' || url.searchParams.get('enabled') === 'false';
	const weight = weightOf(url.searchParams.get('weight') ?? undefined);
	return weighted({ ...endpoint, weight, status: off ? 'down' : 'unknown', ...(off && { detail: 'disabled' }) });
};

/** The words that finagle-like server sets use; only ALIVE takes traffic. */
const readMember = (json: Json): Registered | null => {
	if (!isObject(json.serviceEndpoint)) return null;
	const endpoint = endpointOf(json.serviceEndpoint.host, json.serviceEndpoint.port);
	if (!endpoint) return null;
	const word = typeof json.status === 'string' ? json.status : 'ALIVE';
	return { ...endpoint, weight: 1, ...(word === 'ALIVE' ? { status: 'up' } : { status: 'down', detail: word.slice(0, 60) }) };
};

/** Curator's service instance, a Kafka broker, gRPC's naming in etcd, or any object with a host (address, ip) and a port. */
const readObject = (json: Json): Registered | null => {
	// etcd's gRPC naming: a deletion that was written down as an entry.
	if (json.Op === 1) return null;
	const single = json.Addr ?? json.addr ?? json.endpoint ?? json.url;
	if (typeof single === 'string') {
		const entry = readHostPort(single);
		if (entry) return entry;
	}
	const host = json.address ?? json.host ?? json.ip ?? json.hostname ?? json.Address;
	const plain = endpointOf(host, json.port ?? json.Port);
	const secure = plain ? null : endpointOf(host, json.sslPort);
	const found = plain ?? secure;
	if (!found) {
		const first = Array.isArray(json.endpoints) ? json.endpoints.find((e): e is string => typeof e === 'string') : undefined;
		return first === undefined ? null : readHostPort(first);
	}
	const off = json.enabled === false || json.disabled === true;
	const weight = weightOf(json.weight ?? (isObject(json.payload) ? json.payload.weight : undefined));
	return weighted({ ...found, weight, status: off ? 'down' : 'unknown', ...(off && { detail: 'disabled' }), ...(secure && { tls: true }) });
};

/**
 * One entry of ZooKeeper or etcd: the layout is recognised by its content. JSON in the data goes first, then a
 * `host:port` in the data, then a provider's URL or a `host:port` in the name. Null: it names no endpoint.
 */
export const readRegistered = (name: string, data: string): Registered | null => {
	const content = data.trim();
	if (content.startsWith('{')) {
		try {
			const json: unknown = JSON.parse(content);
			const entry = isObject(json) ? (readMember(json) ?? readObject(json)) : null;
			if (entry) return entry;
		} catch {
			// Not JSON after all: its name may still be an address.
		}
	}
	return readHostPort(content) ?? readProvider(content) ?? readProvider(name) ?? readHostPort(name);
};
