/**
 * Regular expressions that cannot be made to wait: a set of states walks over the text once (Thompson, 1968), so the
 * time is at most states × length, whatever the expression. What needs more than that (backreferences, look-around,
 * word boundaries) is refused.
 */
type Test = (code: number) => boolean;
type Node =
	| { kind: 'one'; test: Test }
	| { kind: 'all'; of: Node[] }
	| { kind: 'any'; of: Node[] }
	| { kind: 'repeat'; of: Node; min: number; max: number }
	| { kind: 'start' | 'end' };

/** A compiled step: reads one character, or goes on without one. */
interface Step {
	test: Test | null;
	at: 'start' | 'end' | null;
	to: number[];
}

const MAX_STEPS = 1000;
const digit: Test = (c) => c >= 48 && c <= 57;
const word: Test = (c) => digit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
const space: Test = (c) => c === 32 || (c >= 9 && c <= 13) || c === 0xa0;
const not =
	(test: Test): Test =>
	(c) =>
		!test(c);
const CLASSES: Readonly<Record<string, Test>> = { d: digit, D: not(digit), w: word, W: not(word), s: space, S: not(space) };
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Recursive descent over the grammar of ECMAScript, as far as it goes. Throws a sentence. */
class Parser {
	private at = 0;
	private readonly text: string;
	private depth = 0;
	constructor(text: string) {
		this.text = text;
	}

	whole(): Node {
		const node = this.any();
		if (this.at < this.text.length) throw new Error('a ) too many');
		return node;
	}

	private get next(): string {
		return this.text[this.at] ?? '';
	}
	private taken(text: string): boolean {
		if (!this.text.startsWith(text, this.at)) return false;
		this.at += text.length;
		return true;
	}

	private any(): Node {
		if (++this.depth > 50) throw new Error('groups too deep');
		const of = [this.all()];
		while (this.taken('|')) of.push(this.all());
		this.depth--;
		return of.length === 1 ? (of[0] as Node) : { kind: 'any', of };
	}

	private all(): Node {
		const of: Node[] = [];
		while (this.at < this.text.length && this.next !== '|' && this.next !== ')') of.push(this.repeated(this.one()));
		return { kind: 'all', of };
	}

	private repeated(of: Node): Node {
		const counts = /^(?:([*+?])|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})\??/.exec(this.text.slice(this.at, this.at + 16));
		if (!counts) return of;
		this.at += counts[0].length;
		if (/^[*+?]/.test(this.next) || of.kind === 'start' || of.kind === 'end') throw new Error('nothing to repeat');
		const [, sign, low, comma, high] = counts;
		if (sign) return { kind: 'repeat', of, min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
		const min = Number(low);
		const max = high !== undefined ? Number(high) : comma ? Number.POSITIVE_INFINITY : min;
		if (max < min) throw new Error('numbers out of order in {}');
		return { kind: 'repeat', of, min, max };
	}

	private one(): Node {
		const c = this.next;
		this.at++;
		if (c === '^') return { kind: 'start' };
		if (c === '$') return { kind: 'end' };
		if (c === '.') return { kind: 'one', test: (code) => code !== 10 && code !== 13 };
		if (c === '[') return { kind: 'one', test: this.set() };
		if (c === '\\') return { kind: 'one', test: this.escaped() };
		if (/^(?:[*+?]|\{\d+(?:,\d*)?\})/.test(this.text.slice(this.at - 1))) throw new Error('nothing to repeat');
		if (c !== '(') {
			const code = c.charCodeAt(0);
			return { kind: 'one', test: (other) => other === code };
		}
		if (!this.taken('?:') && this.next === '?') throw new Error('look-around and named groups are not supported');
		const inside = this.any();
		if (!this.taken(')')) throw new Error('a ( without )');
		return inside;
	}

	private escaped(): Test {
		const c = this.next;
		if (c === '') throw new Error('a \\ at the end');
		if (CLASSES[c]) {
			this.at++;
			return CLASSES[c] as Test;
		}
		const code = this.code();
		return (other) => other === code;
	}

	/** Behind a backslash: one character. */
	private code(): number {
		const c = this.next;
		const hex = /^(?:x([\da-f]{2})|u([\da-f]{4}))/i.exec(this.text.slice(this.at, this.at + 5));
		this.at += hex ? hex[0].length : 1;
		if (hex) return Number.parseInt((hex[1] ?? hex[2]) as string, 16);
		if (CONTROLS[c] !== undefined) return CONTROLS[c];
		if (c === '0') return 0;
		if (/[a-z1-9]/i.test(c)) throw new Error(`\\${c} is not supported`);
		return c.charCodeAt(0);
	}

	private set(): Test {
		const inverted = this.taken('^');
		const tests: Test[] = [];
		while (!this.taken(']')) {
			if (this.at >= this.text.length) throw new Error('a [ without ]');
			const low = this.member();
			if (typeof low !== 'number' || this.next !== '-' || this.text[this.at + 1] === ']') {
				tests.push(typeof low === 'number' ? (c) => c === low : low);
				continue;
			}
			this.at++;
			const high = this.member();
			if (typeof high !== 'number' || high < low) throw new Error('a range out of order in []');
			tests.push((c) => c >= low && c <= high);
		}
		const one: Test = (c) => tests.some((test) => test(c));
		return inverted ? not(one) : one;
	}
	private member(): number | Test {
		const c = this.next;
		if (c === '') throw new Error('a [ without ]');
		this.at++;
		if (c !== '\\') return c.charCodeAt(0);
		const named = CLASSES[this.next];
		if (named) this.at++;
		return named ?? (this.taken('b') ? 8 : this.taken('-') ? 45 : this.code());
	}
}

/** Appends what matches `node` and then goes on to the step after; returns where to begin. Built from the end. */
const emit = (steps: Step[], node: Node, after: number): number => {
	const add = (step: Step): number => {
		if (steps.length >= MAX_STEPS) throw new Error(`more than ${MAX_STEPS} steps`);
		return steps.push(step) - 1;
	};
	switch (node.kind) {
		case 'one':
			return add({ test: node.test, at: null, to: [after] });
		case 'start':
		case 'end':
			return add({ test: null, at: node.kind, to: [after] });
		case 'all':
			return node.of.reduceRight((next, part) => emit(steps, part, next), after);
		case 'any':
			return add({ test: null, at: null, to: node.of.map((part) => emit(steps, part, after)) });
		default: {
			let next = after;
			if (node.max === Number.POSITIVE_INFINITY) {
				next = add({ test: null, at: null, to: [after] });
				(steps[next] as Step).to.push(emit(steps, node.of, next));
			} else for (let i = node.min; i < node.max; i++) next = add({ test: null, at: null, to: [after, emit(steps, node.of, next)] });
			for (let i = 0; i < node.min; i++) next = emit(steps, node.of, next);
			return next;
		}
	}
};

/** Does the expression match anywhere in a text? Throws an Error with a sentence if it is none. */
export const linearRegex = (source: string): ((text: string) => boolean) => {
	// Step 0 is the match.
	const steps: Step[] = [{ test: null, at: null, to: [] }];
	const first = emit(steps, new Parser(source).whole(), 0);
	return (text) => {
		const seen = new Int32Array(steps.length).fill(-1);
		let now: number[] = [];
		const reach = (into: number[], from: number, i: number): boolean => {
			const stack = [from];
			for (let s = stack.pop(); s !== undefined; s = stack.pop()) {
				if (s === 0) return true;
				if (seen[s] === i) continue;
				seen[s] = i;
				const { test, at, to } = steps[s] as Step;
				if (test) into.push(s);
				else if (at === null || (at === 'start' ? i === 0 : i === text.length)) stack.push(...to);
			}
			return false;
		};
		for (let i = 0; ; i++) {
			// It may begin anywhere.
			if (reach(now, first, i)) return true;
			if (i === text.length) return false;
			const code = text.charCodeAt(i);
			const next: number[] = [];
			for (const s of now) {
				const { test, to } = steps[s] as Step;
				if (test?.(code) && reach(next, to[0] as number, i + 1)) return true;
			}
			now = next;
		}
	};
};
