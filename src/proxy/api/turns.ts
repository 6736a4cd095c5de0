/** Changes of one proxy happen one after another; what happens to another proxy, and every read, waits for none of them. */
export class Turns {
	readonly #last = new Map<string, Promise<unknown>>();

	take<T>(names: readonly string[], change: () => Promise<T>): Promise<T> {
		const before = Promise.all(names.map((name) => this.#last.get(name)));
		const mine = before.then(change);
		const done = mine.then(
			() => {},
			() => {},
		);
		for (const name of names) this.#last.set(name, done);
		void done.then(() => {
			for (const name of names) if (this.#last.get(name) === done) this.#last.delete(name);
		});
		return mine;
	}
}
