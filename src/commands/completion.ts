import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { SHELLS, type Shell } from '../completion.js';

export default class Completion extends BaseCommand {
	static override summary = 'print a script that makes a shell complete commands, flags and their values';
	static override examples = [
		'source <(<%= config.bin %> completion bash)',
		'source <(<%= config.bin %> completion zsh)',
		'<%= config.bin %> completion fish > ~/.config/fish/completions/<%= config.bin %>.fish',
	];
	static override args = { shell: Args.string({ description: 'the shell', options: [...SHELLS], required: true }) };

	async run(): Promise<{ script: string }> {
		const { args } = await this.parse(Completion);
		const { completionScript } = await import('../completion.js');
		const script = completionScript(new URL('../../../', import.meta.url), args.shell as Shell);
		if (!this.jsonEnabled()) process.stdout.write(script);
		return this.finish({ script }, 0);
	}
}
