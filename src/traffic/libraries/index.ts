import type { Endpoint } from '../../model/endpoint.js';
import type { InnerSubject, TrafficSpec } from '../../model/plan.js';
import type { Driver } from '../client-driver.js';

type Library = Exclude<InnerSubject, { kind: 'client' }>;
type Open<Spec> = (spec: Spec, nodes: readonly Endpoint[], traffic: Pick<TrafficSpec, 'connections'>) => Promise<Driver>;

/** Libraries that live in the generator: they fail over and retry, we only call them. One more: one file, one line here, one test of the same name. */
const LIBRARIES: { [Kind in Library['kind']]: () => Promise<Open<Extract<Library, { kind: Kind }>>> } = {
	grpcJs: async () => (await import('./grpc-js.js')).openGrpcJs,
	undici: async () => (await import('./undici.js')).openUndici,
};

/** Loaded and warm. Throws what the library throws of settings that it does not take. */
export const openLibrary = async (spec: Library, nodes: readonly Endpoint[], traffic: Pick<TrafficSpec, 'connections'>): Promise<Driver> =>
	((await LIBRARIES[spec.kind]()) as Open<Library>)(spec, nodes, traffic);
