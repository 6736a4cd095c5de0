import { PLAIN, type Style } from '../report/style.js';

export interface ColorChoice {
	/** False for --no-color. */
	flag?: boolean | undefined;
	isTTY: boolean;
	env: Readonly<Record<string, string | undefined>>;
}

/**
 * 0 no colour … 3 true colour. First that speaks: --no-color, NO_COLOR (not empty; no-color.org), FORCE_COLOR
 * (0-3, true, empty = 1), the stream itself. chalk's own detection reads no NO_COLOR and one stream for all.
 */
export const colorLevel = ({ flag, isTTY, env }: ColorChoice): 0 | 1 | 2 | 3 => {
	if (flag === false || env.NO_COLOR) return 0;
	const forced = env.FORCE_COLOR;
	if (forced !== undefined) {
		if (forced === 'false') return 0;
		if (forced === '' || forced === 'true') return 1;
		const level = Number(forced);
		if (Number.isInteger(level) && level >= 0) return Math.min(level, 3) as 0 | 1 | 2 | 3;
	}
	if (!isTTY || env.TERM === 'dumb') return 0;
	if (/^(truecolor|24bit)$/i.test(env.COLORTERM ?? '')) return 3;
	return /256/.test(env.TERM ?? '') ? 2 : 1;
};

/** The one place that makes colours. chalk is loaded only if there are any. */
export const createStyle = async (choice: ColorChoice): Promise<Style> => {
	const level = colorLevel(choice);
	if (level === 0) return PLAIN;
	const { Chalk } = await import('chalk');
	const chalk = new Chalk({ level });
	// chalk joins whatever arguments it gets, and a style is often handed to map, which passes three.
	const paint = (name: keyof Style) => (text: string) => chalk[name](text);
	return { bold: paint('bold'), dim: paint('dim'), red: paint('red'), green: paint('green'), yellow: paint('yellow'), cyan: paint('cyan') };
};

/** The style of one stream, since stdout may be piped while stderr is not. */
export const styleOf = (stream: { isTTY?: boolean | undefined }, flag?: boolean): Promise<Style> =>
	createStyle({ flag, isTTY: stream.isTTY === true, env: process.env });
