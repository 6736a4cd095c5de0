/** One message cut off the front of what came: its meaning, and how many bytes it took. */
export interface Cut<T> {
	value: T;
	length: number;
}

/** What came can be no message of this protocol, whatever follows. */
export class Malformed extends Error {}
