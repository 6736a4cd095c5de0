import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { CiService } from '../config/starter/job.js';
import { EXIT } from '../model/errors.js';

interface Made {
	files: string[];
	next: string[];
}

export default class Init extends BaseCommand {
	static override summary = 'write a commented daruma.yaml for the service in this folder, and a CI job if asked for';
	static override description =
		'Two things cannot be guessed for sure, and are asked on a terminal unless their flags say them: how one replica of your service is started, and who fails over between replicas. Without a terminal, flags and guesses decide. What is there already is never replaced without --force.';
	static override examples = [
		'<%= config.bin %> init',
		'<%= config.bin %> init --replica "node server.js" --subject nginx --ci github',
		'<%= config.bin %> init --replica builtin --subject ./nginx.conf',
	];
	static override flags = {
		replica: Flags.string({ description: 'how one replica is started, or builtin for the ones that daruma brings along', helpValue: '"node server.js"' }),
		subject: Flags.string({
			description: 'who fails over: client (built in), nginx, haproxy, the path of a config of yours, or a command',
			helpValue: 'client|nginx|haproxy|FILE|COMMAND',
		}),
		ci: Flags.string({ description: 'also a job for this CI service', options: ['github', 'gitlab'] }),
		force: Flags.boolean({ description: 'replace files that are there already' }),
	};

	async run(): Promise<Made> {
		const { flags } = await this.parse(Init);
		const { init, lookAround } = await import('../engine/init.js');
		const folder = process.cwd();
		const guess = await lookAround(folder);
		const presets = { replica: guess.command?.join(' ') ?? 'builtin', subject: guess.gateway ?? 'client' };
		const questions = (
			[
				['replica', 'How is one replica of your service started? A command, or builtin:'],
				['subject', 'Who fails over between them? client, nginx, haproxy, a config file, or a command:'],
			] as const
		).filter(([name]) => flags[name] === undefined);
		const said = new Map<string, string>();
		if (questions.length > 0 && process.stdin.isTTY && process.stderr.isTTY && !this.jsonEnabled()) {
			const { askAll } = await import('../terminal/ask.js');
			const answers = await askAll(questions.map(([name, text]) => ({ text, preset: presets[name] })));
			if (answers === null) return this.finish({ files: [], next: [] }, EXIT.interrupted);
			for (const [i, [name]] of questions.entries()) said.set(name, answers[i] as string);
		}
		const answer = (name: 'replica' | 'subject'): string => flags[name] ?? said.get(name) ?? presets[name];
		const files = await init(folder, {
			replica: answer('replica'),
			subject: answer('subject'),
			ci: (flags.ci as CiService | undefined) ?? null,
			force: flags.force,
		});
		const next = ['daruma verify --dry-run', 'daruma verify'];
		if (!this.jsonEnabled()) {
			const style = await this.style();
			for (const file of files) process.stdout.write(`${style.green('wrote')} ${file}\n`);
			process.stdout.write(`replicas: ${answer('replica')} · who fails over: ${answer('subject')}\nnext: look at the paths under traffic.mix, then\n`);
			for (const command of next) process.stdout.write(`  $ ${command}\n`);
		}
		return this.finish({ files, next }, 0);
	}
}
