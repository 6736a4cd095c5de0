/** So much of one side is kept; then it is no longer read, and the kernel's buffers and TCP's window do the rest. */
const MOST = 4 * 1024 * 1024;

/**
 * Stands where one side of a connection is read. While it is shut, what that side says waits here in its order, its
 * end and its failure too, as if the network retransmitted it; once it opens, all of it is read at once.
 *
 *     socket ──► read ──────────► reader            open
 *     socket ──► read ─► kept ┊                     shut
 *                        kept ──► reader            opened again
 */
export class PartitionGate {
	private shut = false;
	private kept: (Uint8Array | 'end' | 'error')[] = [];
	private size = 0;
	private readonly to: { read(view: Uint8Array): boolean; end(): void; error(): void };

	constructor(to: { read(view: Uint8Array): boolean; end(): void; error(): void }) {
		this.to = to;
	}

	/** The view is only lent. False: read no more until resumed. */
	readonly read = (view: Uint8Array): boolean => {
		if (!this.shut) return this.to.read(view);
		this.kept.push(Uint8Array.from(view));
		this.size += view.length;
		return this.size < MOST;
	};

	end(): void {
		if (this.shut) this.kept.push('end');
		else this.to.end();
	}

	error(): void {
		if (this.shut) this.kept.push('error');
		else this.to.error();
	}

	close(): void {
		this.shut = true;
	}

	/** False: whoever reads wants no more for now. */
	open(): boolean {
		const { kept } = this;
		this.shut = false;
		this.kept = [];
		this.size = 0;
		let more = true;
		for (const each of kept) {
			if (each === 'end') this.to.end();
			else if (each === 'error') this.to.error();
			else more = this.to.read(each);
		}
		return more;
	}
}
