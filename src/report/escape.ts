/** Control characters, and the marks that make text run backwards: a name in a report must not steer a terminal. */
const STEERING = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** One harmless line of foreign text, for terminals. */
export const clean = (text: string): string => text.replace(/\r?\n|\t/g, ' ').replace(STEERING, '\ufffd');

/** XML 1.0 (2.2) cannot hold these two either, even escaped. */
const NOT_XML = /[\ufffe\uffff]/g;
const XML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;' };

/** For XML attributes and text alike. */
export const xml = (text: string): string =>
	text
		.replace(/[&<>"'\t\n\r]/g, (char) => XML[char]!)
		.replace(STEERING, '\ufffd')
		.replace(NOT_XML, '\ufffd');

/** One line of text inside markdown, in a table cell too. */
export const markdown = (text: string): string =>
	clean(text)
		.replace(/&/g, '&amp;')
		.replace(/</g, '&lt;')
		.replace(/>/g, '&gt;')
		.replace(/[\\`*_{}[\]#|~$]/g, '\\$&')
		.replace(/@/g, '@\u200b')
		.replace(/:\/\//g, ':\u200b//');

/** GitHub's workflow commands: the message, and (stricter) a property. */
export const command = (text: string): string => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(STEERING, '\ufffd');
export const commandProperty = (text: string): string => command(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
