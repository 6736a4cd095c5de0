/** The words of the design, section 4. Process faults act on a node's group by signal; the others at its tap. */
export const PROCESS_FAULTS = ['kill', 'freeze', 'term'] as const;
export const TAP_FAULTS = ['crash', 'reset', 'blackhole', 'delay', 'drop', 'error', 'partition'] as const;
export const FAULT_KINDS = [...PROCESS_FAULTS, ...TAP_FAULTS] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
export type TapFaultKind = (typeof TAP_FAULTS)[number];

/** What a tap is told to do to its node's traffic: data, so that it crosses the process border as it is. */
export interface TapFault {
	kind: TapFaultKind;
	/** Share of requests (drop: of `unit`) that it meets; decided by the seed, the node and the ordinal. */
	share: number;
	seed: number;
	latencyMs: number;
	jitterMs: number;
	unit: 'request' | 'connection' | 'bytes';
	status: number;
	/** What a gRPC request is answered; none: what `status` means to gRPC. */
	grpcStatus?: number;
	methods: string[];
	/** partition: what is cut off, as the node sees it. */
	direction?: 'both' | 'in' | 'out';
}
