import type { Attributes } from '../../toxics/toxic.js';
import type { DatagramContext, DatagramStage } from '../datagram.js';
import { DatagramBandwidth } from './bandwidth.js';
import { DatagramCorrupt } from './corrupt.js';
import { DatagramDuplicate } from './duplicate.js';
import { DatagramLatency } from './latency.js';
import { DatagramLimit } from './limit-data.js';
import { DatagramLoss } from './packet-loss.js';
import { DatagramReorder } from './reorder.js';
import { DatagramTimeout } from './timeout.js';

type Make = (context: DatagramContext<never>) => DatagramStage;

/** What toxics do to datagrams, by type; null: nothing to a datagram, or all of it when the flow begins (`welcome`). */
const STAGES: ReadonlyMap<string, Make | null> = new Map<string, Make | null>([
	['latency', (context) => new DatagramLatency(context)],
	['bandwidth', (context) => new DatagramBandwidth(context)],
	['timeout', (context) => new DatagramTimeout(context)],
	['limit_data', (context) => new DatagramLimit(context)],
	['noop', null],
	['packet_loss', (context) => new DatagramLoss(context)],
	['corrupt', (context) => new DatagramCorrupt(context)],
	['duplicate', (context) => new DatagramDuplicate(context)],
	['reorder', (context) => new DatagramReorder(context)],
	['blackhole', null],
	['slow_open', null],
]);
const DATAGRAMS_ONLY: ReadonlySet<string> = new Set(['reorder']);

export const datagramStage = (type: string, context: DatagramContext<Attributes>): DatagramStage | null => STAGES.get(type)?.(context as never) ?? null;

/** A sentence if a toxic of this type cannot work there, else null. */
export const misplaced = (type: string, onDatagrams: boolean): string | null => {
	if (onDatagrams && !STAGES.has(type)) return `${type} works on connections, not on datagrams; on udp:// there are ${[...STAGES.keys()].join(', ')}`;
	if (!onDatagrams && DATAGRAMS_ONLY.has(type)) return `${type} works on datagrams: this proxy is not udp://, and a connection keeps its order`;
	return null;
};
