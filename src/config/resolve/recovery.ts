import { resolve as resolvePath } from 'node:path';
import type { ClusterSpec } from '../../model/plan.js';
import type { ActionSpec, DeploySpec, RecoverySpec } from '../../model/recovery.js';
import { lintTemplate } from '../../model/template.js';
import * as defaults from '../defaults.js';
import { quote, type Reader } from '../reader.js';
import type { ActionInFile, DeployInFile, RecoveryInFile } from '../schema/recovery.js';

export const resolveRecovery = (given: RecoveryInFile, reader: Reader, cluster: ClusterSpec, folder: string): RecoverySpec => {
	const made = defaults.recovery();
	const { detect = {}, limits = {} } = given;
	if (given.deploy && given.do !== 'redeploy') throw reader.wrongKey(given, 'deploy', 'it only with do: redeploy', `do: ${given.do}`);
	const { base, max, jitter, most, window, stable, hold, share, together } = limits;
	const backoff = { baseMs: base ?? made.limits.backoff.baseMs, maxMs: max ?? made.limits.backoff.maxMs, jitter: jitter ?? made.limits.backoff.jitter };
	return {
		do: given.do,
		detect: {
			everyMs: detect.every ?? made.detect.everyMs,
			timeoutMs: detect.timeout ?? made.detect.timeoutMs,
			fall: detect.fall ?? made.detect.fall,
			rise: detect.rise ?? made.detect.rise,
		},
		limits: {
			backoff: { ...backoff, maxMs: Math.max(backoff.baseMs, backoff.maxMs) },
			most: most ?? made.limits.most,
			windowMs: window ?? made.limits.windowMs,
			stableMs: stable ?? made.limits.stableMs,
			holdMs: hold ?? made.limits.holdMs,
			maxShare: share ?? made.limits.maxShare,
			together: together ?? made.limits.together,
		},
		deploy: resolveDeploy(given.deploy ?? {}, given, reader, cluster, folder),
		compare: given.compare ?? made.compare,
	};
};

export const resolveAction = (given: ActionInFile, reader: Reader, cluster: ClusterSpec, folder: string): ActionSpec => {
	const { kind, target = 'all', at = 0, ...deploy } = given;
	if (/^n\d+$/.test(target) && Number(target.slice(1)) > cluster.replicas)
		throw reader.wrongKey(given, 'target', `a node from n1 to n${cluster.replicas}, or one, minority, half, majority, all`, quote(target));
	for (const key of ['command', 'source', 'run', 'undo'] as const)
		if (kind === 'restart' && deploy[key] !== undefined) throw reader.wrongKey(given, key, 'it only with kind: redeploy', 'kind: restart');
	return { kind, target, atMs: at, deploy: resolveDeploy(deploy, given, reader, cluster, folder) };
};

const resolveDeploy = (given: DeployInFile, from: object, reader: Reader, { replica, replicas }: ClusterSpec, folder: string): DeploySpec => {
	const made = defaults.deploy();
	const place = 'deploy' in from ? (from.deploy as object) : from;
	for (const key of ['command', 'source'] as const) {
		if (given[key] !== undefined && replica.kind !== 'command')
			throw reader.wrongKey(place, key, 'it only with cluster: { command: … }', 'built-in replicas', 'without it, the same replica is started anew');
	}
	const nodes = Array.from({ length: replicas }, (_, i) => `n${i + 1}`);
	for (const key of ['command', 'run', 'undo'] as const) {
		const known = key === 'command' ? ['listen', 'port', ...nodes, 'upstreams', 'dir'] : ['node', 'port', 'dir'];
		const wrong = given[key]?.flatMap((word) => lintTemplate(word.replaceAll('{node}', 'n1'), known))[0];
		if (wrong !== undefined) throw reader.wrongKey(place, key, `a template with {${known.join('} {')}}`, wrong.replace(/^line \d+: /, ''));
	}
	return {
		...(given.command && { command: given.command }),
		...(given.source !== undefined && { source: resolvePath(folder, given.source) }),
		...(given.run && { run: given.run }),
		...(given.undo && { undo: given.undo }),
		gate: { probes: given.probes ?? made.gate.probes, withinMs: given.within ?? made.gate.withinMs },
		graceMs: given.grace ?? made.graceMs,
		drain: given.drain ?? made.drain,
	};
};
