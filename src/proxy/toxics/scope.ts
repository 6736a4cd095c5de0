import { BlockList, isIP } from 'node:net';
import type { AttributeInfo, ToxicScope } from '../contract.js';
import { addressText } from '../listen-address.js';
import { scheduleObjection } from '../schedule.js';

/** For the API's decoding and the command line's help; absent means absent, there is no zero to fill in. */
export const SCOPE_FIELDS: Record<keyof ToxicScope, AttributeInfo> = {
	duration: { kind: 'int64', default: 0, goField: 'ToxicWrapper.duration', additional: true },
	start: { kind: 'int64', default: 0, goField: 'ToxicWrapper.start', additional: true },
	on: { kind: 'int64', default: 0, goField: 'ToxicWrapper.on', additional: true },
	off: { kind: 'int64', default: 0, goField: 'ToxicWrapper.off', additional: true },
	first: { kind: 'int64', default: 0, goField: 'ToxicWrapper.first', additional: true },
	after: { kind: 'int64', default: 0, goField: 'ToxicWrapper.after', additional: true },
	every: { kind: 'int64', default: 0, goField: 'ToxicWrapper.every', additional: true },
	client: { kind: 'string', default: '', goField: 'ToxicWrapper.client', additional: true },
};

/** A sentence if a scope makes no sense, else null. */
export const scopeObjection = (scope: ToxicScope): string | null => {
	if (scope.duration !== undefined && !(scope.duration > 0)) return `duration must be above 0 ms, is ${scope.duration}`;
	if (scope.first !== undefined && !(scope.first >= 0)) return `first must not be negative, is ${scope.first}`;
	if (scope.after !== undefined && !(scope.after >= 0)) return `after must not be negative, is ${scope.after}`;
	if (scope.every !== undefined && !(scope.every >= 1)) return `every must be at least 1, is ${scope.every}`;
	if (scope.client !== undefined && !clientMatcher(scope.client)) return `client must be an address, a subnet or address:port, not ${scope.client}`;
	return scheduleObjection(scope);
};

export interface Client {
	address: string;
	port: number;
}

/** As events show it; one of a unix socket has no port. */
export const clientText = ({ address, port }: Client): string => (port === 0 ? address : addressText({ host: address, port }));

/** IPv4 clients of a wildcard listener arrive as ::ffff:1.2.3.4. */
export const plainAddress = (address: string): string => (/^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address);

/** Null: that is no client. */
export const clientMatcher = (text: string): ((client: Client) => boolean) | null => {
	const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
	if (isIP(text)) {
		const list = new BlockList();
		list.addAddress(text, family(text));
		return ({ address }) => isIP(address) !== 0 && list.check(address, family(address));
	}
	const [, subnet, bits] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
	if (subnet !== undefined && isIP(subnet) && Number(bits) <= (isIP(subnet) === 6 ? 128 : 32)) {
		const list = new BlockList();
		list.addSubnet(subnet, Number(bits), family(subnet));
		return ({ address }) => isIP(address) !== 0 && list.check(address, family(address));
	}
	const [, bare, bracketed, port] = /^(?:([\d.]+)|\[([\da-f:.]+)\]):(\d{1,5})$/i.exec(text) ?? [];
	const address = bare ?? bracketed;
	return address !== undefined && isIP(address) ? (client) => client.port === Number(port) && client.address === address : null;
};

/** Which of the connections that come after the toxic was added; `ordinal` counts those of its clients from 0. */
export const inTurn = ({ first, after = 0, every = 1 }: ToxicScope, ordinal: number): boolean =>
	ordinal >= after && (ordinal - after) % every === every - 1 && (first === undefined || ordinal - after < first);
