import { bandwidth } from './bandwidth.js';
import { blackhole, resetConnect, slowOpen } from './connect.js';
import { corrupt } from './corrupt.js';
import { duplicate } from './duplicate.js';
import { grpcStatus } from './grpc-status.js';
import { httpDelay } from './http-delay.js';
import { httpHang } from './http-hang.js';
import { httpHeaders } from './http-headers.js';
import { httpReset } from './http-reset.js';
import { httpScript } from './http-script.js';
import { httpStatus } from './http-status.js';
import { httpTruncate } from './http-truncate.js';
import { latency } from './latency.js';
import { limitData } from './limit-data.js';
import { noop } from './noop.js';
import { packetLoss } from './packet-loss.js';
import { reorder } from './reorder.js';
import { resetPeer } from './reset-peer.js';
import { slicer } from './slicer.js';
import { slowClose } from './slow-close.js';
import { timeout } from './timeout.js';
import type { ToxicType } from './toxic.js';

/** Toxiproxy's types first, then ours. */
const ALL: readonly ToxicType[] = [
	latency,
	bandwidth,
	slowClose,
	timeout,
	resetPeer,
	slicer,
	limitData,
	noop,
	packetLoss,
	corrupt,
	duplicate,
	reorder,
	resetConnect,
	blackhole,
	slowOpen,
	httpStatus,
	httpDelay,
	httpTruncate,
	httpHeaders,
	httpReset,
	httpHang,
	grpcStatus,
	httpScript,
];

export const TOXICS: ReadonlyMap<string, ToxicType> = new Map(ALL.map((type) => [type.type, type]));
