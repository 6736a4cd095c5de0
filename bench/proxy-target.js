// Our side of bench/proxy.js: proxies of the library in a process of their own, steered by lines of JSON on stdin.
import { createInterface } from 'node:readline';
import { createProxies } from '../dist/src/proxy/proxies.js';

const proxies = createProxies({ seed: 1 });
for await (const line of createInterface({ input: process.stdin })) {
	const { create, toxic, remove, proxy } = JSON.parse(line);
	if (create) console.log(JSON.stringify({ listen: (await proxies.create({ listen: '127.0.0.1:0', enabled: true, ...create })).listen }));
	if (toxic) console.log(JSON.stringify(proxies.get(proxy).addToxic({ stream: 'downstream', toxicity: 1, name: 'toxic', ...toxic })));
	if (remove) {
		proxies.get(proxy).removeToxic('toxic');
		console.log('{}');
	}
}
process.exit(0);
