import { envoy } from './envoy.js';
import { haproxy } from './haproxy.js';
import { haproxyRuntime } from './haproxy-runtime.js';
import { json } from './json.js';
import { nginx } from './nginx.js';
import type { WeightWriter } from './writer.js';

/** What `rank --emit` writes. */
export const WEIGHT_WRITERS: Record<string, WeightWriter> = { nginx, haproxy, 'haproxy-runtime': haproxyRuntime, envoy, json };

export type { Weighted, WeightWriter } from './writer.js';
