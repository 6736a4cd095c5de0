import { resolve } from 'node:path';
import { readAddress, wrongSource } from './address.js';
import { readEndpointList } from './endpoint-list.js';
import { followFiles } from './follow-files.js';
import type { SourceKind } from './source.js';

const usage = 'file:PATH';

/** A file of endpoints, in lines or JSON; also the document of `daruma discover --json`. An empty one is an empty list. */
export const file: SourceKind = {
	usage,
	follow(address, listener, clock) {
		const { body, fragment } = readAddress(address, usage, []);
		if (body === '' || fragment !== null) throw wrongSource(address, 'a file after file:', usage);
		const path = resolve(body.replace(/^\/\/(?=\/)/, ''));
		return followFiles((looked) => ({ entries: readEndpointList(path, looked.read(path)) }), listener, clock);
	},
};
