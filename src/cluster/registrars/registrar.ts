import type { Cancel, Clock } from '../../model/clock.js';
import type { Endpoint } from '../../model/endpoint.js';
import type { RegisterSpec } from '../../model/registration.js';

/** Who is registered: a node's own port, under a name that no other run has. */
export interface Registrant extends Endpoint {
	run: string;
}

export interface RegistrarNeeds<Spec> {
	spec: Spec;
	who: Registrant;
	clock: Clock;
	/** One line for the node's log. */
	log(text: string): void;
}

/**
 * Registers one node and keeps it registered, as a replica would do it itself: it lives in the node's process group, so
 * that it is frozen and killed with it. What goes wrong is tried again for as long as it lives.
 */
export interface Registrar {
	/** Resolves at the first success. */
	readonly registered: Promise<void>;
	/** The last thing that went wrong before that. */
	readonly trouble: string | null;
	/** Takes the entry away, as a replica that ends in order does. Never rejects; gives up after 2 s. */
	leave(): Promise<void>;
}

export interface RegistrarKind<Spec extends RegisterSpec> {
	open(needs: RegistrarNeeds<Spec>): Registrar;
	/** Takes away what dead nodes have left in the registry for good. Never rejects. */
	sweep(spec: Spec, left: readonly Registrant[]): Promise<void>;
}

export const LEAVE_MS = 2000;
const LONGEST_MS = 5000;

/** Does `work` once at a time: again `everyMs` after it went well, with back-off after it did not. */
export class Repeated {
	private readonly clock: Clock;
	private readonly everyMs: number;
	private readonly work: () => Promise<void>;
	private readonly log: (text: string) => void;
	private cancel: Cancel = () => {};
	private stopped = false;
	private failures = 0;
	private first: () => void = () => {};
	readonly registered: Promise<void>;
	trouble: string | null = null;

	constructor({ clock, log }: Pick<RegistrarNeeds<unknown>, 'clock' | 'log'>, everyMs: number, work: () => Promise<void>) {
		this.clock = clock;
		this.log = log;
		this.everyMs = everyMs;
		this.work = work;
		this.registered = new Promise((resolve) => {
			this.first = resolve;
		});
		void this.turn();
	}

	stop(): void {
		this.stopped = true;
		this.cancel();
	}

	private async turn(): Promise<void> {
		let nextMs = this.everyMs;
		try {
			await this.work();
			if (this.trouble !== null) this.log('registered again');
			this.failures = 0;
			this.trouble = null;
			this.first();
		} catch (error) {
			const { message } = error as Error;
			if (message !== this.trouble && !this.stopped) this.log(message);
			this.trouble = message;
			nextMs = Math.min(this.everyMs, LONGEST_MS, 100 * 2 ** Math.min(10, this.failures++));
		}
		if (!this.stopped) this.cancel = this.clock.at(this.clock.now() + nextMs, () => void this.turn());
	}
}
