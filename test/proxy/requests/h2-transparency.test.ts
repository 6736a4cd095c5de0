import test from 'ava';
import { SETTINGS, streamsOfEveryKind } from './h2-kinds.js';

for (const [i, [what, mine, theirs]] of SETTINGS.entries()) {
	const asked = i % 2 === 0;
	test.serial(`streams of every kind, ${what}, ${asked ? 'asked about' : 'not asked about'}: as without it`, (t) =>
		streamsOfEveryKind(t, i, 100, mine, theirs, asked),
	);
}
