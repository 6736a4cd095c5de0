import type { ZookeeperRegister } from '../model/registration.js';

interface Who {
	run: string;
	name: string;
	host: string;
	port: number;
}

/** How one node is written down in ZooKeeper; sequential: the server appends a number. */
export interface Written {
	child: string;
	data: string;
	sequential: boolean;
}

/** The same layouts as `readRegistered` reads. `path` gives the names of services where a layout repeats them. */
export const writeRegistered = (layout: ZookeeperRegister['layout'], path: string, { run, name, host, port }: Who): Written => {
	const service = path.split('/').filter(Boolean).at(-1) ?? 'daruma';
	const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
	const id = `${run}-${name}`;
	switch (layout) {
		case 'curator':
			return {
				child: id,
				data: JSON.stringify({ name: service, id, address: host, port, sslPort: null, payload: null, serviceType: 'DYNAMIC', uriSpec: null }),
				sequential: false,
			};
		case 'serverset':
			return { child: 'member_', data: JSON.stringify({ serviceEndpoint: { host, port }, additionalEndpoints: {}, status: 'ALIVE' }), sequential: true };
		case 'dubbo':
			return { child: encodeURIComponent(`dubbo://${place}/${service}?application=daruma&interface=${service}&daruma=${id}`), data: '', sequential: false };
		case 'plain':
			return { child: place, data: place, sequential: false };
	}
};
