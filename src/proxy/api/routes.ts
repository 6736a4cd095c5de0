/** What gorilla/mux does with a path, for the routes that Toxiproxy has. */
export interface Route<T> {
	/** Empty: any. */
	methods: readonly string[];
	path: RegExp;
	to: T;
}

export type Found<T> = { kind: 'route'; to: T; names: readonly string[] } | { kind: 'moved'; location: string } | { kind: 'malformed' | 'absent' | 'method' };

/** Go's path.Clean, with the slash at the end kept. */
const clean = (path: string): string => {
	const parts: string[] = [];
	for (const part of path.split('/')) {
		if (part === '..') parts.pop();
		else if (part !== '' && part !== '.') parts.push(part);
	}
	const joined = `/${parts.join('/')}`;
	return path.endsWith('/') && joined !== '/' ? `${joined}/` : joined;
};

const decoded = (path: string): string | null => {
	if (/%(?![0-9a-fA-F]{2})/.test(path)) return null;
	try {
		return decodeURIComponent(path);
	} catch {
		return Buffer.from(
			path.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
			'latin1',
		).toString('utf8');
	}
};

/** Letters, digits and what RFC 3986 lets stand in a path, as Go's url.URL writes it. */
const encoded = (path: string): string => encodeURI(path).replace(/[?#[\]]/g, (c) => encodeURIComponent(c));

export const findRoute = <T>(routes: readonly Route<T>[], method: string, url: string): Found<T> => {
	const target = url.replace(/^https?:\/\/[^/?]*/i, '') || '/';
	const query = target.indexOf('?');
	const path = decoded(query < 0 ? target : target.slice(0, query));
	if (path === null) return { kind: 'malformed' };
	const cleaned = clean(path);
	if (cleaned !== path) return { kind: 'moved', location: encoded(cleaned) + (query < 0 ? '' : target.slice(query)) };
	let mismatch = false;
	for (const route of routes) {
		const match = route.path.exec(path);
		if (!match) continue;
		if (route.methods.length === 0 || route.methods.includes(method)) return { kind: 'route', to: route.to, names: match.slice(1) };
		mismatch = true;
	}
	return { kind: mismatch ? 'method' : 'absent' };
};
