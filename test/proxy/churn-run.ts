import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { ChurnOptions, ChurnRound } from './churn.js';

/** Runs churn.ts, and asserts that no byte was lost and that nothing grows from round to round. */
export const churn = async (t: ExecutionContext, options: ChurnOptions): Promise<ChurnRound[]> => {
	const script = fileURLToPath(new URL('churn.js', import.meta.url));
	const child = spawn(process.execPath, ['--expose-gc', script, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
	t.teardown(() => child.kill('SIGKILL'));
	const ended = once(child, 'exit');
	const rounds: ChurnRound[] = [];
	for await (const line of createInterface({ input: child.stdout })) {
		const round = JSON.parse(line) as ChurnRound;
		rounds.push(round);
		t.deepEqual(round.wrong, [], `seed ${round.seed}, raw handles ${options.rawHandles}`);
		t.deepEqual(round.resources, [], `seed ${round.seed} left these open`);
		t.deepEqual(round.buffers, [0, 0, 0], `seed ${round.seed} kept read buffers`);
		t.is(round.fds, (rounds[0] as ChurnRound).fds, `seed ${round.seed} left descriptors open`);
	}
	t.deepEqual(await ended, [0, null]);
	t.is(rounds.length, options.seeds.length);
	return rounds;
};
