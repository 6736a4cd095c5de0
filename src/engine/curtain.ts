import { DarumaError, EXIT, stageError } from '../model/errors.js';

/**
 * Why a run must stop before its time: the first reason counts. Everything that waits in the engine waits through
 * `race`, so that no reason is overlooked.
 */
export class Curtain {
	private fall: (reason: DarumaError) => void = () => {};
	/** Resolves with the first reason. */
	readonly fallen: Promise<DarumaError>;
	reason: DarumaError | null = null;

	constructor(signal?: AbortSignal) {
		this.fallen = new Promise((resolve) => {
			this.fall = (reason) => {
				this.reason ??= reason;
				resolve(this.reason);
			};
		});
		if (signal?.aborted) this.drop(interruption(signal.reason));
		signal?.addEventListener('abort', () => this.drop(interruption(signal.reason)), { once: true });
	}

	drop(reason: DarumaError): void {
		this.fall(reason);
	}

	/** What `work` gives, unless the curtain falls first: then it throws the reason. */
	async race<T>(work: Promise<T>): Promise<T> {
		work.catch(() => {});
		const first = await Promise.race([work.then((value) => ({ value })), this.fallen]);
		if (first instanceof DarumaError) throw first;
		return first.value;
	}
}

const interruption = (reason: unknown): DarumaError => {
	if (reason instanceof DarumaError) return reason;
	if (reason === 'SIGTERM') return new DarumaError('E_TERMINATED', EXIT.terminated, 'terminated by SIGTERM; everything was healed');
	if (reason === 'SIGINT') return new DarumaError('E_INTERRUPTED', EXIT.interrupted, 'interrupted by Ctrl-C; everything was healed');
	return stageError('E_ABORTED', `the run was aborted: ${String(reason)}`);
};
