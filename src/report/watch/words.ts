import type { Supported } from '../../checks/watch/vitals.js';
import type { State } from '../../detectors/detector.js';
import { formatDuration } from '../../model/duration.js';
import type { Style } from '../style.js';

export const paintState = (style: Style, state: State): ((text: string) => string) =>
	state === 'up' ? style.green : state === 'down' ? style.red : state === 'unknown' ? style.dim : style.yellow;

/** A percentile, or how many answers it would take: `n<299`. */
export const percentileText = (found: Supported): string => ('ms' in found ? formatDuration(found.ms) : `n<${found.needs}`);

/** 1 is 100 %; never rounded up to it. */
export const shareText = (share: number | null): string => {
	if (share === null) return '–';
	if (share >= 1) return '100%';
	return `${(Math.floor(share * 10_000) / 100).toFixed(share >= 0.1 ? 1 : 2)}%`;
};

/** `12s`, `3m04s`, `5h12m`, `2d03h`: two units at most. */
export const agoText = (ms: number): string => {
	const s = Math.max(0, Math.floor(ms / 1000));
	const two = (n: number): string => String(n).padStart(2, '0');
	if (s < 60) return `${s}s`;
	if (s < 3600) return `${Math.floor(s / 60)}m${two(s % 60)}s`;
	if (s < 86_400) return `${Math.floor(s / 3600)}h${two(Math.floor((s % 3600) / 60))}m`;
	return `${Math.floor(s / 86_400)}d${two(Math.floor((s % 86_400) / 3600))}h`;
};

export const rateText = (perSecond: number): string => (perSecond >= 100 ? perSecond.toFixed(0) : perSecond >= 1 ? perSecond.toFixed(1) : perSecond.toFixed(2));

export const bytesText = (bytes: number): string => {
	if (bytes < 1000) return `${bytes.toFixed(0)} B`;
	if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
	return `${(bytes / 1_000_000).toFixed(1)} MB`;
};
