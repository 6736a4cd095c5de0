import type { Agreement } from '../../checks/compare/result.js';
import { type Cell, columns } from '../columns.js';
import { clean } from '../escape.js';
import type { Style } from '../style.js';

const SHORT = 12;
const shorten = (digest: string | null): string => (digest === null ? '-' : digest.slice(0, SHORT));

/** Who agrees with whom, and in what those that do not stand apart. */
export const agreementLines = (agreement: Agreement, style: Style): string[] => {
	const { endpoints, compared, verdict } = agreement;
	const paint = (stand: string): ((text: string) => string) =>
		stand === 'agrees' ? style.green : stand === 'silent' || stand === 'alone' ? style.yellow : style.red;
	const heights = compared.height !== null;
	const head = ['ANSWERS', 'ENDPOINT', 'ROUNDS', 'DIGEST', ...(heights ? ['HEIGHT', 'LAG'] : []), ''].map(
		(text, i): Cell => ({ text, paint: style.dim, right: i === 2 || (i > 3 && i < 6 && heights) }),
	);
	const rows = endpoints.map((e): Cell[] => [
		{ text: e.verdict, paint: paint(e.verdict) },
		{ text: clean(e.endpoint), paint: style.bold },
		{ text: `${e.rounds[e.verdict]}/${agreement.rounds}`, right: true },
		{ text: shorten(e.digest) },
		...(heights
			? [
					{ text: e.height === null ? '-' : String(e.height), right: true },
					{ text: e.lag === null ? '-' : String(e.lag), right: true },
				]
			: []),
		{ text: e.verdict === 'agrees' && e.transient === 0 && e.rounds.silent === 0 ? '' : clean(e.why), paint: style.dim },
	]);
	const word = verdict === 'pass' ? style.green(verdict) : verdict === 'fail' ? style.red(verdict) : style.yellow(verdict);
	const passing = agreement.differences.filter(({ lasting }) => !lasting).length;
	return [
		'',
		...columns([head, ...rows]),
		`${word}: ${clean(agreement.why)}`,
		...(passing > 0 ? [style.dim(`${passing} of ${agreement.askedAgain} differences were gone when all were asked again at once`)] : []),
	];
};
