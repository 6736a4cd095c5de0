/** What a folder lets us guess about the service in it. */
export interface Guess {
	/** How a replica of it is started, as words; null: nothing that we recognise. */
	command: string[] | null;
	/** `./nginx.conf` or the like, where there is one. */
	gateway: string | null;
}

interface Package {
	main?: unknown;
	scripts?: Record<string, unknown>;
}

const PLAIN_WORD = /^[\w@%+=:,./-]+$/;
/** `node server.js` and the like: a program that stays, not a build, a watcher or a shell's grammar. */
const startsNode = (script: unknown): string[] | null => {
	if (typeof script !== 'string') return null;
	const words = script.trim().split(/\s+/);
	return words[0] === 'node' && words.length > 1 && words.every((word) => PLAIN_WORD.test(word)) ? words : null;
};

/** `names` are the folder's files; `manifest` its package.json, parsed, or null. Pure. */
export const guessFolder = (names: readonly string[], manifest: unknown): Guess => {
	const { main, scripts = {} } = (typeof manifest === 'object' && manifest !== null ? manifest : {}) as Package;
	const entry = ['server.js', 'server.mjs', 'app.js', 'app.mjs', 'index.js', 'index.mjs'].find((name) => names.includes(name));
	const byMain = typeof main === 'string' && names.includes(main.replace(/^\.\//, '')) ? main.replace(/^\.\//, '') : undefined;
	const file = byMain ?? entry;
	const command = startsNode(scripts.start) ?? (file === undefined ? null : ['node', file]);
	const gateway = ['nginx.conf', 'haproxy.cfg'].find((name) => names.includes(name));
	return { command, gateway: gateway === undefined ? null : `./${gateway}` };
};
