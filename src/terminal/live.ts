import { formatDuration } from '../model/duration.js';
import type { Style } from '../report/style.js';
import { PLAIN } from '../report/style.js';
import { createSpinner, type ProgressStream } from './spinner.js';

/** What a run tells while it goes; the engine's Progress, seen from here. */
export type RunNews =
	| { kind: 'run'; run: string; folder: string }
	| { kind: 'stage'; text: string }
	| { kind: 'experiment'; index: number; of: number; name: string; totalMs: number }
	| { kind: 'phase'; phase: string }
	| { kind: 'fault'; fault: string; target: string; step: string; detail?: string }
	| { kind: 'recovery'; action: string; target: string; ok: boolean | null; detail?: string }
	| { kind: 'traffic'; elapsedMs: number; totalMs: number; sent: number; ok: number; failed: number; inFlight: number }
	| { kind: 'nodes'; states: Record<string, string> };

export interface Tick {
	phase: string;
	elapsedMs: number;
	totalMs: number;
	sent: number;
	ok: number;
	failed: number;
	nodes: Readonly<Record<string, string>>;
}

export interface LiveView {
	/** A line that stays, such as "n2: kill effective". */
	stage(text: string): void;
	/** The moving line; dropped where nothing can move. */
	tick(tick: Tick): void;
	hear(news: RunNews): void;
	/** Idempotent; also on an error, or the cursor stays hidden. */
	done(): void;
}

const PHASES: Record<string, string> = {
	start: 'warming up',
	baseline: 'baseline: undisturbed traffic',
	after: 'after: watching it recover',
	drain: 'draining: waiting for late answers',
};
/** Short enough that three nodes fit on 80 columns: who is up is what people look for. */
const BAR = 12;

/** Progress of a run on stderr: a moving line on a terminal, one plain line per change of state elsewhere. */
export const createProgress = async (stream: ProgressStream, style: Style = PLAIN): Promise<LiveView> => {
	const spinner = await createSpinner(stream);
	let phase = '';
	let nodes: Readonly<Record<string, string>> = {};
	const view: LiveView = {
		stage: (text) => spinner.line(text),
		tick: (tick) => spinner.text(describeTick(tick)),
		hear(news) {
			if (news.kind === 'stage') spinner.animated ? spinner.text(news.text) : spinner.line(news.text);
			if (news.kind === 'experiment')
				spinner.line(style.bold(`${news.of > 1 ? `[${news.index + 1}/${news.of}] ` : ''}${news.name}`) + style.dim(` (about ${formatDuration(news.totalMs)})`));
			if (news.kind === 'phase') {
				phase = news.phase;
				const words = PHASES[phase];
				if (words) spinner.line(`  ${style.dim(words)}`);
			}
			if (news.kind === 'fault')
				spinner.line(`  ${paintStep(style, news.step, `${news.target}: ${news.fault} ${news.step}`)}${news.detail ? style.dim(` (${news.detail})`) : ''}`);
			if (news.kind === 'recovery') {
				const ended = news.ok === null ? 'begins' : news.ok ? 'done' : 'failed';
				spinner.line(
					`  ${paintStep(style, { begins: 'healing', done: 'healed', failed: 'failed' }[ended], `${news.target}: ${news.action} ${ended}`)}${news.detail ? style.dim(` (${news.detail})`) : ''}`,
				);
			}
			if (news.kind === 'nodes') nodes = news.states;
			if (news.kind === 'traffic') view.tick({ ...news, phase, nodes });
		},
		done: () => spinner.stop(),
	};
	return view;
};

const paintStep = (style: Style, step: string, text: string): string => {
	if (step === 'effective' || step === 'failed') return style.red(text);
	return step === 'healed' ? style.green(text) : style.yellow(text);
};

export const describeTick = ({ phase, elapsedMs, totalMs, ok, failed, nodes }: Tick): string => {
	const done = totalMs > 0 ? Math.min(1, Math.max(0, elapsedMs / totalMs)) : 1;
	const filled = Math.round(done * BAR);
	const total = elapsedMs > totalMs ? '' : `/${(totalMs / 1000).toFixed(0)}`;
	const seconds = `${(elapsedMs / 1000).toFixed(0)}${total}s`;
	const states = Object.entries(nodes)
		.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
		.map(([name, state]) => `${name} ${state}`);
	return [`${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${seconds}`, phase, `${ok} ok  ${failed} failed`, states.join('  ')]
		.filter((part) => part !== '')
		.join('  ');
};
