import type { Place } from '../../policies/ranking.js';
import { clean } from '../escape.js';

/** A ranked endpoint with its address. */
export interface Weighted extends Place {
	/** A name, or an address (IPv6 without brackets). */
	host: string;
	port: number;
}

/** A ranking as part of a balancer's config. `pool` names the upstream, backend or cluster. Text that ends in a line break; throws a TypeError for a host or pool that no config can hold. */
export type WeightWriter = (servers: readonly Weighted[], pool: string) => string;

/** Only what is part of names and addresses everywhere: nothing that could end a line, a token or a comment. */
const HOST = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9.])?$|^[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?$/;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

export const checked = (servers: readonly Weighted[], pool: string): void => {
	if (!NAME.test(pool)) throw new TypeError(`no name for a pool of servers: ${JSON.stringify(pool)}`);
	for (const { host, port } of servers) {
		if (!HOST.test(host) || !Number.isInteger(port) || port < 1 || port > 65_535)
			throw new TypeError(`no address for a config: ${JSON.stringify(host)}:${port}`);
	}
};

export const address = ({ host, port }: Weighted): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

/** The reason as a comment: one line of harmless text. */
export const because = ({ rank, endpoint, why }: Weighted): string => clean(`${rank}. ${endpoint}: ${why}`);

/** The address as a name, so that it is the same in every ranking: `127.0.0.1_8001`. */
export const serverName = ({ host, port }: Weighted): string => `${host.replace(/[^A-Za-z0-9_.-]/g, '_')}_${port}`;
