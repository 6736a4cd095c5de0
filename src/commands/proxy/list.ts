import type { ShownProxy } from '../../proxy/api/client.js';
import { ProxyCommand } from '../../proxy-command.js';

export default class ProxyList extends ProxyCommand {
	static override summary = 'list all proxies of a fault proxy (ours, or a real Toxiproxy)';
	static override hiddenAliases = ['proxy:ls'];
	static override examples = ['<%= config.bin %> proxy list', '<%= config.bin %> proxy list --host http://toxiproxy:8474 --json'];

	async run(): Promise<{ proxies: ShownProxy[] }> {
		const { flags } = await this.parse(ProxyList);
		const proxies = await this.doing('Failed to retrieve proxies', (await this.client(flags.host)).list());
		const { enabledText, listLine } = await import('../../proxy/api/lines.js');
		if (!process.stdout.isTTY) for (const proxy of proxies) this.say(listLine(proxy));
		else if (proxies.length === 0) this.say('no proxies: create one with daruma proxy create');
		else {
			const { formatTable } = await import('../../terminal/table.js');
			const rows = proxies.map((proxy) => [proxy.name, proxy.listen, proxy.upstream, enabledText(proxy.enabled), String(proxy.toxics.length || 'none')]);
			this.say(await formatTable(rows, { head: ['name', 'listen', 'upstream', 'enabled', 'toxics'] }));
		}
		return this.finish({ proxies }, 0);
	}
}
