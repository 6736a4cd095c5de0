import type { RegisterSpec } from '../../model/registration.js';
import type { RegistrarKind } from './registrar.js';

/** One more registry that nodes register with: one file, one line here. */
export const REGISTRARS: { [Kind in RegisterSpec['kind']]: () => Promise<RegistrarKind<Extract<RegisterSpec, { kind: Kind }>>> } = {
	consul: async () => (await import('./consul.js')).consul,
	zookeeper: async () => (await import('./zookeeper.js')).zookeeper,
	etcd: async () => (await import('./etcd.js')).etcd,
};

export const registrarOf = async (spec: RegisterSpec): Promise<RegistrarKind<RegisterSpec>> =>
	(await REGISTRARS[spec.kind]()) as unknown as RegistrarKind<RegisterSpec>;
