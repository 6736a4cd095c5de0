import { BaseCommand } from '../base-command.js';
import type { Finding } from '../engine/doctor.js';

export default class Doctor extends BaseCommand {
	static override summary = 'what this machine has of what daruma can use, and what needs what';
	static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];

	async run(): Promise<{ findings: Finding[] }> {
		await this.parse(Doctor);
		const { examine } = await import('../engine/doctor.js');
		const findings = await examine(process.cwd());
		if (!this.jsonEnabled()) {
			const style = await this.style();
			const mark = { ok: style.green('ok     '), missing: style.yellow('missing'), problem: style.red('problem') };
			for (const f of findings)
				process.stdout.write(`${mark[f.state]}  ${f.name.padEnd(10)} ${f.detail}${f.state === 'ok' ? '' : `\n                    ${f.need}`}\n`);
		}
		return this.finish({ findings }, findings.some((f) => f.state === 'problem') ? 4 : 0);
	}
}
