/** A stream that progress goes to: normally stderr. */
export interface ProgressStream {
	isTTY?: boolean | undefined;
	columns?: number | undefined;
	write(text: string): unknown;
}

export interface Spinner {
	/** Shows this now. Without animation: one line for each new text of `state`, none for ticks. */
	text(text: string): void;
	/** Prints a line that stays. */
	line(text: string): void;
	stop(): void;
	readonly animated: boolean;
}

/** ora 9 loops for ever on a terminal of 0 columns, which is what `script -c` gives CI wrappers; CI logs keep every frame. */
export const canAnimate = (stream: ProgressStream, env: Readonly<Record<string, string | undefined>>): boolean =>
	stream.isTTY === true && (stream.columns ?? 0) > 0 && !env.CI && env.TERM !== 'dumb';

/** The only place that knows ora. */
export const createSpinner = async (stream: ProgressStream, env: Readonly<Record<string, string | undefined>> = process.env): Promise<Spinner> => {
	if (!canAnimate(stream, env)) return { text() {}, line: (text) => void stream.write(`${text}\n`), stop() {}, animated: false };
	const { default: ora } = await import('ora');
	const spinner = ora({ stream: stream as NodeJS.WriteStream, isEnabled: true, discardStdin: false, hideCursor: true, color: 'cyan', spinner: 'dots' });
	// Whoever leaves at once (a second Ctrl-C) leaves no frame behind either.
	const leave = (): void => void spinner.stop();
	process.once('exit', leave);
	return {
		animated: true,
		text(text) {
			spinner.text = clip(text, stream.columns ?? 80);
			if (!spinner.isSpinning) spinner.start();
		},
		line(text) {
			const again = spinner.isSpinning;
			spinner.stop();
			stream.write(`${text}\n`);
			if (again) spinner.start();
		},
		stop() {
			process.off('exit', leave);
			spinner.stop();
		},
	};
};

/** Two columns are the spinner's own, and a terminal echoes Ctrl-C as ^C after it. */
const RESERVED = 7;
/** One line of a terminal: a frame that was wrapped is not wiped. */
const clip = (text: string, columns: number): string => (text.length + RESERVED > columns ? `${text.slice(0, Math.max(0, columns - RESERVED - 1))}…` : text);
