import { Flags } from '@oclif/core';
import { BaseCommand } from '../src/base-command.js';
import { EXIT, stageError } from '../src/model/errors.js';

/** A command that ends in every way a command can: spawned by base-command.test.ts. */
class Fixture extends BaseCommand {
	static override flags = {
		how: Flags.string({ options: ['well', 'failed', 'stage', 'bug', 'exit', 'much', 'wait'], required: true }),
		count: Flags.integer(),
	};

	override async run(): Promise<unknown> {
		const { flags } = await this.parse(Fixture);
		if (flags.how === 'stage') throw stageError('E_PORT_IN_USE', 'port 80 is taken', 'stop whoever holds it');
		if (flags.how === 'bug') throw new TypeError('x is not a function');
		if (flags.how === 'exit') this.exit(3);
		if (flags.how === 'much') for (let i = 0; i < 20_000; i++) this.log(`line ${i}`);
		if (flags.how === 'wait') return this.wait();
		this.log('held');
		return this.finish({ verdict: flags.how }, flags.how === 'failed' ? EXIT.failed : EXIT.ok);
	}

	private async wait(): Promise<unknown> {
		const timer = setInterval(() => {}, 1000);
		const signal = await new Promise<string>((resolve) => {
			this.onInterrupt((heard) => {
				process.stderr.write(`healing after ${heard}\n`);
				if (process.env.STUCK === undefined) resolve(heard);
			});
			process.stderr.write('ready\n');
		});
		clearInterval(timer);
		return this.finish({ healed: true }, signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
	}
}

await Fixture.run(process.argv.slice(2), import.meta.url);
