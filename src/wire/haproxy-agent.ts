/** What an agent says of its server; absent: it says nothing of it. */
export interface AgentWord {
	/** Its operational state. */
	state?: 'up' | 'down';
	/** Its administrative state: `ready` ends `drain` and `maint`. */
	admin?: 'ready' | 'drain' | 'maint';
	/** What it wants of its usual share of the requests, in percent (HAProxy: 0 … 256). */
	weight?: number;
	maxconn?: number;
	/** What follows `#`, for people. */
	reason?: string;
}

const STATES: Readonly<Record<string, AgentWord>> = {
	up: { state: 'up' },
	down: { state: 'down' },
	failed: { state: 'down' },
	fail: { state: 'down' },
	stopped: { state: 'down' },
	ready: { admin: 'ready' },
	drain: { admin: 'drain' },
	maint: { admin: 'maint' },
};

/** At most so much of a reason is kept. */
const LONGEST_REASON = 200;

/**
 * One line of HAProxy's agent-check (configuration manual, `agent-check`): words in any order, between blanks, tabs or
 * commas: `up`, `down`, `failed`, `stopped`, `ready`, `drain`, `maint`, `75%`, `maxconn:30`, and a reason after `#`.
 * A string: what is wrong with it.
 */
export const parseAgentLine = (line: string): AgentWord | string => {
	const hash = line.indexOf('#');
	const reason = hash < 0 ? '' : line.slice(hash + 1).trim();
	const words = (hash < 0 ? line : line.slice(0, hash)).split(/[\s,]+/).filter((word) => word !== '');
	const said: AgentWord = {};
	for (const word of words) {
		const known = Object.hasOwn(STATES, word.toLowerCase()) ? STATES[word.toLowerCase()] : undefined;
		const percent = /^(\d{1,3})%$/.exec(word)?.[1];
		const maxconn = /^maxconn:(\d{1,9})$/i.exec(word)?.[1];
		if (known) Object.assign(said, known);
		else if (percent !== undefined && Number(percent) <= 256) said.weight = Number(percent);
		else if (maxconn !== undefined) said.maxconn = Number(maxconn);
		else return `expected up, down, failed, stopped, ready, drain, maint, 0% to 256% or maxconn:N, found ${JSON.stringify(word.slice(0, 40))}`;
	}
	if (words.length === 0) return 'expected a state or a weight, such as "up 50%"';
	if (reason !== '') said.reason = reason.slice(0, LONGEST_REASON);
	return said;
};
