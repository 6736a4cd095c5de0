import { usageError } from '../model/errors.js';
import type { SourceKind } from './source.js';

/** The sources whose lists follow a registry, by the scheme of their addresses. */
export const REGISTRY_SOURCES: Readonly<Record<string, () => Promise<SourceKind>>> = {
	consul: async () => (await import('./consul.js')).consul,
	zk: async () => (await import('./zookeeper.js')).zookeeper,
	etcd: async () => (await import('./etcd.js')).etcd,
};

/** Throws E_SOURCE (exit 2) for another scheme. */
export const registrySource = async (address: string): Promise<SourceKind> => {
	const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase() ?? '';
	const load = Object.hasOwn(REGISTRY_SOURCES, scheme) ? REGISTRY_SOURCES[scheme] : undefined;
	if (load) return load();
	throw usageError('E_SOURCE', `expected an address that begins with ${Object.keys(REGISTRY_SOURCES).join('://, ')}://`, 'such as consul://127.0.0.1:8500/web');
};
