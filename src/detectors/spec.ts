import { parseDuration } from '../model/duration.js';
import type { CohortSpec, DetectorSpec } from './index.js';
import { wrong } from './settings.js';

const readValue = (text: string): unknown => {
	if (text === 'true' || text === 'false') return text === 'true';
	if (/^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
	return parseDuration(text) ?? text;
};

/**
 * A detector as people write it: `phi threshold=8 pauseMs=3s`, or as JSON. Durations may carry their unit. Only the
 * form is read here; `makeDetector` and `makeCohort` judge it. @throws {DarumaError} E_DETECTOR
 */
export const parseDetectorSpec = (typed: string): DetectorSpec & CohortSpec => {
	const text = typed.trim();
	if (text.startsWith('{')) {
		try {
			return JSON.parse(text) as DetectorSpec;
		} catch (error) {
			throw wrong(`a detector as JSON: ${(error as Error).message}`, `write it as {"kind": "phi", "threshold": 8} or as 'phi threshold=8'`);
		}
	}
	const [kind = '', ...settings] = text.split(/[\s,]+/);
	const spec: DetectorSpec = { kind };
	for (const setting of settings) {
		const found = /^([A-Za-z]\w*)=(.+)$/.exec(setting);
		if (!found) throw wrong(`${kind}: expected a setting such as threshold=8, found ${JSON.stringify(setting)}`);
		spec[found[1] as string] = readValue(found[2] as string);
	}
	return spec;
};
