/**
 * daruma.yaml as it is written, for those who write it in TypeScript: the same words, the same values. What is read is
 * checked by the grammar in schema/ all the same.
 */
import type { FaultKind } from '../model/fault.js';
import type { PolicyName } from '../model/plan.js';

/** `250ms`, `2s`, `1.5min`. */
export type WrittenTime = string;
/** `30%` or 0.3. */
export type WrittenShare = string | number;
export type WrittenEnv = Record<string, string | number | boolean>;

export interface WrittenReady {
	/** Ready when a GET of this path is answered below 400. */
	http?: string;
	tcp?: true;
	/** Ready when a line of its output matches. */
	log?: string;
	within?: WrittenTime;
}

export interface WrittenCluster {
	/** How many nodes, n1 …; 3 unless said. */
	replicas?: number;
	/** Replicas that daruma brings along. */
	builtin?: { http: { serviceMs?: number; mesh?: boolean } };
	/** In place of `builtin`: a program of yours, listening on `{port}`; no shell is used. */
	command?: readonly (string | number)[];
	env?: WrittenEnv;
	cwd?: string;
	ready?: WrittenReady;
}

export interface WrittenRetry {
	attempts?: number;
	baseMs?: number;
	maxMs?: number;
	jitter?: 'none' | 'full' | 'equal' | 'decorrelated';
	methods?: readonly string[];
	statuses?: readonly number[];
	unsent?: boolean;
	elsewhere?: boolean;
	budget?: { ratio?: number; minPerSecond?: number } | Off;
}
export type Off = null | false | 'off';

export interface WrittenClient {
	policy?: PolicyName;
	weights?: Record<string, number>;
	keys?: number;
	retry?: WrittenRetry | Off;
	timeoutMs?: number | Off;
	deadlineMs?: number | Off;
	ejection?: { failures?: number; forMs?: number; maxShare?: WrittenShare } | Off;
	slowStart?: { windowMs?: number; aggression?: number; minShare?: WrittenShare } | Off;
}

/** Exactly one of client, nginx, haproxy and command. */
export interface WrittenSubject {
	client?: WrittenClient;
	/** `default`, or the path of a config as a template. */
	nginx?: string;
	haproxy?: string;
	command?: readonly (string | number)[];
	env?: WrittenEnv;
	cwd?: string;
	ready?: WrittenReady;
}

export interface WrittenMixEntry {
	method?: string;
	path?: string;
	share?: number;
	headers?: Record<string, string>;
	body?: string;
	/** `status < 500` */
	ok?: string;
	idempotent?: boolean;
}

export interface WrittenTraffic {
	/** `200/s`, `6000/min` or 200. */
	rate?: string | number;
	pacing?: 'constant' | 'poisson';
	timeout?: WrittenTime;
	connections?: 'pooled' | 'fresh';
	mix?: readonly WrittenMixEntry[];
}

/** What a kind of fault can be told; which of them it takes says docs/daruma-yaml.md. */
export interface FaultParameters {
	/** delay: added to each answer. */
	latency?: WrittenTime;
	/** delay: more or less. */
	jitter?: WrittenTime;
	/** Of requests that meet it; drop: of its unit. */
	share?: WrittenShare;
	/** drop */
	unit?: 'request' | 'connection' | 'bytes';
	/** error: answered instead. */
	status?: number;
	/** crash: only such a request trips it. */
	methods?: readonly string[];
}

export interface WrittenExperiment {
	name?: string;
	fault: WrittenExperimentFault | readonly WrittenExperimentFault[];
	baseline?: WrittenTime;
	after?: WrittenTime;
	repeat?: number;
	/** By metric: `{ p99: '<= 250ms' }`. */
	expect?: Record<string, string | number>;
	allow?: readonly string[];
}
export interface WrittenExperimentFault extends FaultParameters {
	kind: FaultKind;
	/** one, minority, half, majority, all, or a node such as n2. */
	target?: string;
	at?: WrittenTime;
	for?: WrittenTime;
}

/** daruma.yaml, whole. Paths count from the working directory. */
export interface WrittenPlan {
	version: 1;
	seed?: number;
	cluster?: WrittenCluster;
	subject?: WrittenSubject;
	traffic?: WrittenTraffic;
	experiments: readonly WrittenExperiment[];
}
