/** Most sockets carry little; one that fills its buffer gets a larger one, which saves system calls. */
const SIZES = [4096, 65_536, 262_144] as const;
/** So many of each size lie ready. */
const KEPT = [1024, 128, 32];
/** So many of each size may be in use at a time: beyond, sockets go on with the smaller one, and memory stays bounded. */
const USED = [Number.POSITIVE_INFINITY, 4096, 256];
/** A buffer of which so many reads in a row would have fitted into the smallest one is given back. */
const SPARSE = 64;

const lying: Uint8Array[][] = [[], [], []];
const inUse = [0, 0, 0];

const take = (rank: number): Uint8Array => {
	inUse[rank] = (inUse[rank] as number) + 1;
	return lying[rank]?.pop() ?? Buffer.allocUnsafeSlow(SIZES[rank] as number);
};

/** The read buffer of one socket, the same for every read: no garbage where streams allocate. It grows and shrinks with what is read. */
export class ReadBuffer {
	bytes: Uint8Array;
	private rank = 0;
	private sparse = 0;
	private back = false;

	constructor() {
		this.bytes = take(0);
	}

	/** After a read of `n` bytes: whether `bytes` is another buffer from now on. `free`: nobody refers to the one just read. */
	fit(n: number, free: boolean): boolean {
		const { rank } = this;
		if (n === this.bytes.length && rank < 2 && (inUse[rank + 1] as number) < (USED[rank + 1] as number)) {
			this.swap(rank + 1, free);
			return true;
		}
		if (rank === 0) return false;
		this.sparse = n < SIZES[0] ? this.sparse + 1 : 0;
		if (this.sparse < SPARSE) return false;
		this.swap(0, free);
		return true;
	}

	/** `free` as above. Nothing may be read into it any more; a second call does nothing. */
	giveBack(free: boolean): void {
		if (this.back) return;
		this.back = true;
		this.release(free);
	}

	private release(free: boolean): void {
		inUse[this.rank] = (inUse[this.rank] as number) - 1;
		const pool = lying[this.rank] as Uint8Array[];
		// One that a write still refers to is left to the garbage collector.
		if (free && pool.length < (KEPT[this.rank] as number)) pool.push(this.bytes);
	}

	private swap(rank: number, free: boolean): void {
		this.release(free);
		this.rank = rank;
		this.sparse = 0;
		this.bytes = take(rank);
	}
}

/** Of each size, for tests and for whoever asks where memory is. */
export const buffersInUse = (): readonly number[] => [...inUse];
