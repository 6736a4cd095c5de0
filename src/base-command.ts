import { Command, Errors, Flags } from '@oclif/core';
import { DarumaError, EXIT, type ExitCode } from './model/errors.js';
import type { Style } from './report/style.js';
import { styleOf } from './terminal/color.js';

export interface ErrorDocument {
	error: { code: string; message: string; hint?: string };
}

/**
 * What every command shares: the documented exit codes (also under --json, where oclif would say 1), one document on
 * stdout, messages on stderr, and colours as people asked for them.
 */
export abstract class BaseCommand extends Command {
	static override enableJsonFlag = true;
	static override baseFlags = {
		'no-color': Flags.boolean({ description: 'no colours, as with NO_COLOR=1', helpGroup: 'GLOBAL' }),
	};

	protected override async init(): Promise<void> {
		await super.init();
		ignoreBrokenPipes();
	}

	/** Ends the command: what --json prints, and the exit code. */
	protected finish<T>(result: T, exitCode: ExitCode): T {
		process.exitCode = exitCode;
		return result;
	}

	protected style(stream: { isTTY?: boolean } = process.stdout): Promise<Style> {
		return styleOf(stream, !ownFlags(this.argv).includes('--no-color'));
	}

	/**
	 * Hears the first SIGINT or SIGTERM, so that the command can heal and then exit 130 or 143; a second one leaves at
	 * once, and the watchdog heals. Returns how to stop listening.
	 */
	protected onInterrupt(fn: (signal: 'SIGINT' | 'SIGTERM') => void): () => void {
		let heard = false;
		const listener = (signal: NodeJS.Signals): void => {
			if (heard) process.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
			heard = true;
			fn(signal as 'SIGINT' | 'SIGTERM');
		};
		process.on('SIGINT', listener);
		process.on('SIGTERM', listener);
		return () => {
			process.off('SIGINT', listener);
			process.off('SIGTERM', listener);
		};
	}

	override async catch(thrown: unknown): Promise<void> {
		if (thrown instanceof Errors.ExitError) {
			process.exitCode = thrown.oclif.exit ?? EXIT.ok;
			return;
		}
		// Else oclif warns about unparsed arguments, where their being wrong is the error.
		this.parsed = true;
		await tellError(thrown, this.argv, this.jsonEnabled());
	}

	protected override toErrorJson(thrown: unknown): ErrorDocument {
		return errorDocument(explain(thrown));
	}

	/** The document is in a file already. */
	protected saved = false;

	/** Never coloured: it may be a file tomorrow. */
	override logJson(json: unknown): void {
		if (!this.saved) printJson(json);
	}
}

const printJson = (json: unknown): void => void process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);

/** What stands before a bare `--`: the rest is somebody else's command line. */
const ownFlags = (argv: readonly string[]): readonly string[] => (argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv);

/** Ends whatever failed: one message on stderr, or one document on stdout, and the exit code. */
export const tellError = async (thrown: unknown, argv: readonly string[], json = ownFlags(argv).includes('--json')): Promise<void> => {
	ignoreBrokenPipes();
	const problem = explain(thrown);
	process.exitCode = problem.exit;
	if (json) {
		printJson(errorDocument(problem));
		return;
	}
	if (speaksNagios(ownFlags(argv))) {
		// To a monitor, exit 2 would say that the service is down, when only we were told nonsense.
		const { nagiosLine } = await import('./report/probe/nagios.js');
		process.stdout.write(`${nagiosLine(3, problem.message)}\n`);
		process.exitCode = EXIT.inconclusive;
		return;
	}
	const style = await styleOf(process.stderr, !ownFlags(argv).includes('--no-color'));
	process.stderr.write(`${style.red('error')}: ${problem.message}\n`);
	if (problem.hint) process.stderr.write(`${style.cyan('hint')}: ${problem.hint}\n`);
	if (problem.exit === EXIT.bug && thrown instanceof Error) process.stderr.write(`${style.dim(thrown.stack ?? '')}\n`);
};

const speaksNagios = (argv: readonly string[]): boolean =>
	argv.some((word, i) => word === '--format=nagios' || (word === '--format' && argv[i + 1] === 'nagios'));

interface Problem {
	code: string;
	exit: number;
	message: string;
	hint?: string | undefined;
}

const errorDocument = ({ code, message, hint }: Problem): ErrorDocument => ({ error: { code, message, ...(hint !== undefined && { hint }) } });

/** Any thrown thing → what the user is told. oclif's own errors are all about the command line; its note on flags of several values is not true of ours. */
export const explain = (thrown: unknown): Problem => {
	if (thrown instanceof DarumaError) return thrown;
	const message = thrown instanceof Error ? thrown.message : String(thrown);
	if (thrown instanceof Errors.CLIError) {
		const bare = message.replace(/\n\nNote: --[\s\S]*$|\n?See more help with --help$/, '').replace(/^Parsing (--\S+) \n\t/, '$1: ');
		return { code: 'E_USAGE', exit: EXIT.usage, message: bare.trim(), hint: 'see --help' };
	}
	return {
		code: 'E_BUG',
		exit: EXIT.bug,
		message,
		hint: 'this is a bug in daruma, not in your cluster: please report it with the command you ran; `daruma heal` cleans up whatever is left',
	};
};

let listening = false;
/** `daruma … | head` closes our stdout: what is left unsaid is no error, and must not stop a heal. */
const ignoreBrokenPipes = (): void => {
	if (listening) return;
	listening = true;
	for (const stream of [process.stdout, process.stderr]) {
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code !== 'EPIPE') throw error;
		});
	}
};
