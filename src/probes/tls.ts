import type { Probe } from './probe.js';
import { Dialog } from './tcp.js';

/** TLS: chain, names and time of the certificate; then a dialogue as over TCP, where one is asked for. */
export const tls: Probe = { open: (target, options, report) => new Dialog(target, options, report) };
