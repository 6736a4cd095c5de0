import { hostPort } from '../model/endpoint.js';
import { endpointOf } from './registered.js';

type Json = Record<string, unknown>;

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Maintenance that begins so is ours; any other is somebody else's decision. */
export const OUR_REASON = 'daruma';

/** One instance of a service, as far as its maintenance mode goes. */
export interface ConsulInstance {
	/** Of the service at its agent. */
	id: string;
	/** host:port */
	address: string;
	/** none: it is given out if it is well. ours: we have taken it out. theirs: somebody else has, it or its whole node. */
	maintenance: 'none' | 'ours' | 'theirs';
	reason: string;
}

/** `/v1/health/service/NAME`. Null: this is no such answer. */
export const readInstances = (json: unknown): ConsulInstance[] | null => {
	if (!Array.isArray(json)) return null;
	return json.flatMap((each): ConsulInstance[] => {
		const { Service, Node, Checks } = object(each);
		const service = object(Service);
		const id = text(service.ID);
		const endpoint = endpointOf(text(service.Address) || text(object(Node).Address), service.Port);
		if (!endpoint || id === '') return [];
		const checks = (Array.isArray(Checks) ? Checks : []).map(object);
		const own = checks.find((check) => check.CheckID === `_service_maintenance:${id}`);
		const found = own ?? checks.find((check) => check.CheckID === '_node_maintenance');
		const reason = text(found?.Notes);
		const ours = own !== undefined && reason.startsWith(OUR_REASON);
		return [{ id, address: hostPort(endpoint), maintenance: ours ? 'ours' : found ? 'theirs' : 'none', reason }];
	});
};
