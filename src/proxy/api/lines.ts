import type { ShownProxy, ShownToxic } from './client.js';

/** toxiproxy-cli's output where it is no terminal: other people's scripts cut it at the tabs. */
export const enabledText = (enabled: boolean): string => (enabled ? 'enabled' : 'disabled');

export const listLine = ({ name, listen, upstream, enabled, toxics }: ShownProxy): string =>
	[name, listen, upstream, enabledText(enabled), toxics.length].join('\t');

export const attributesText = (attributes: ShownToxic['attributes']): string[] =>
	Object.keys(attributes)
		.sort()
		.map((key) => `${key}=${attributes[key]}`);

export const toxicLine = ({ name, type, stream, toxicity, attributes }: ShownToxic): string =>
	`${name}\ttype=${type}\tstream=${stream}\ttoxicity=${toxicity.toFixed(2)}\tattributes=[${attributesText(attributes)
		.map((text) => `\t${text}`)
		.join('')}\t]`;
