import { resolve } from 'node:path';
import { readAddress, wrongSource } from './address.js';
import { followFiles, type Looked } from './follow-files.js';
import { splitDump } from './nginx-dump.js';
import { inDump, loadNginxConf, onDisk } from './nginx-files.js';
import { findUpstream, readUpstream } from './nginx-upstream.js';
import type { SourceKind } from './source.js';

const usage = 'nginx:FILE#UPSTREAM';

/** The servers of `upstream` in the configuration that begins with `file`, or in a saved `nginx -T`. Throws what is wrong, with file and line. */
export const readNginx = (file: string, upstream: string | null, looked: Looked) => {
	const dump = splitDump(looked.read(file));
	const [main = file] = dump?.keys() ?? [];
	return readUpstream(findUpstream(loadNginxConf(main, dump ? inDump(dump) : onDisk(looked)), upstream, file));
};

/** An upstream of a configuration file with all that it includes, or of a saved `nginx -T`; followed by looking at every file. */
export const nginx: SourceKind = {
	usage,
	follow(address, listener, clock) {
		const { body, fragment } = readAddress(address, usage, []);
		if (body === '') throw wrongSource(address, 'a file after nginx:', usage);
		if (fragment === '') throw wrongSource(address, 'an upstream after #', usage);
		const file = resolve(body.replace(/^\/\/(?=\/)/, ''));
		return followFiles((looked) => readNginx(file, fragment, looked), listener, clock);
	},
};
