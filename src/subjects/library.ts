import type { Library } from '../systems/library.js';
import type { RunningSubject } from './subject.js';

/** For the report: which copy was tested. */
export const libraryFacts = ({ version, entry, own }: Library): Record<string, string> => ({
	version,
	path: entry,
	from: own ? 'daruma' : 'the project',
	witness: 'none',
});

/** A subject that is called inside the generator: there is nothing to start, and no log to read. */
export const libraryWithin = (name: string): RunningSubject => ({
	target: null,
	notes: [`${name} is no witness of its attempts: tries that a node refused are not seen`],
	witness: async () => [],
	exited: new Promise<string>(() => {}),
	stop: async () => {},
});
