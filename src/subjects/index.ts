import type { SubjectSpec } from '../model/plan.js';
import type { SubjectKind } from './subject.js';

/** One more subject: one file, one line here, one test of the same name. */
export const SUBJECTS: { [Kind in SubjectSpec['kind']]: () => Promise<SubjectKind<Extract<SubjectSpec, { kind: Kind }>>> } = {
	client: async () => (await import('./client.js')).client,
	grpcJs: async () => (await import('./grpc-js.js')).grpcJs,
	undici: async () => (await import('./undici.js')).undici,
	nginx: async () => (await import('./nginx.js')).nginx,
	haproxy: async () => (await import('./haproxy.js')).haproxy,
	url: async () => (await import('./url.js')).url,
	none: async () => (await import('./none.js')).none,
	command: async () => (await import('./command.js')).command,
};
