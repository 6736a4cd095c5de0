import { discoverOnce, followSource } from './engine/discovery/follow.js';
import { unreachable } from './engine/discovery/gather.js';
import type { DiscoverResult } from './model/discovery.js';
import { EXIT, type ExitCode } from './model/errors.js';
import { MonotonicClock, monotonicNs } from './platform/clock.js';
import { duration, interruptOf, type ProbeIo, wrong } from './probe-main.js';

export interface DiscoverFlags {
	follow?: boolean;
	for?: string;
	wait?: string;
	as?: string;
	format?: string;
	json?: boolean;
	'no-color'?: boolean;
}

const exitOf = ({ endpoints }: DiscoverResult): ExitCode => (endpoints.length > 0 ? EXIT.ok : EXIT.failed);

/** `daruma discover` from its parsed command line to its exit code. The caller prints the document of `--json` without `--follow`. */
export const discoverMain = async (
	source: string,
	flags: DiscoverFlags,
	io: ProbeIo & { signal: AbortSignal },
): Promise<{ result: DiscoverResult; exit: ExitCode }> => {
	const json = flags.json || flags.format === 'json';
	if (flags.for !== undefined && !flags.follow) wrong('for', '--follow with it', flags.for);
	if (flags.wait !== undefined && flags.follow) wrong('wait', 'no --follow with it, which waits for ever', flags.wait);
	if (flags.format === 'lines' && flags.follow) wrong('format', 'table or json with --follow', flags.format);
	const [{ parseAs }, report, { styleOf }] = await Promise.all([
		import('./engine/discovery/as.js'),
		import('./report/discover/table.js'),
		import('./terminal/color.js'),
	]);
	const map = flags.as === undefined ? undefined : parseAs(flags.as);
	const clock = new MonotonicClock(monotonicNs());
	const style = await styleOf(io.stdout, !flags['no-color']);
	const { signal } = io;
	if (flags.follow) {
		const forMs = flags.for === undefined ? null : duration('for', flags.for);
		const tell = (event: Parameters<typeof report.discoverLine>[0]): void =>
			void io.stdout.write(json ? `${JSON.stringify(event)}\n` : report.discoverLine(event, style));
		const { why, result, listed } = await followSource(source, { map, clock, forMs, signal, tell, wall: () => new Date() });
		if (why === 'quit') return { result, exit: EXIT.ok };
		return { result, exit: interruptOf(signal) ?? (listed ? exitOf(result) : EXIT.stage) };
	}
	const waitMs = flags.wait === undefined ? 0 : duration('wait', flags.wait);
	const { result, listed } = await discoverOnce(source, { map, clock, waitMs, signal });
	const interrupted = interruptOf(signal);
	if (!listed && interrupted === null) throw unreachable(source, result.reason ?? undefined);
	if (!json) io.stdout.write(flags.format === 'lines' ? report.discoverLines(result) : report.discoverTable(result, { style }));
	else if (!flags.json) io.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
	return { result, exit: interrupted ?? exitOf(result) };
};
