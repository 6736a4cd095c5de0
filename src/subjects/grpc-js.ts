import type { GrpcJsSpec } from '../model/plan.js';
import { findLibrary } from '../systems/library.js';
import { libraryFacts, libraryWithin } from './library.js';
import type { SubjectKind } from './subject.js';

/** grpc-js lives inside the generator. It is no witness: nobody hears of its tries but the nodes. */
export const grpcJs: SubjectKind<GrpcJsSpec> = {
	async check(spec) {
		return { ...libraryFacts(findLibrary('@grpc/grpc-js', spec.from)), policy: spec.config ? 'by its service config' : spec.policy };
	},
	start: async () => libraryWithin('grpc-js'),
};
