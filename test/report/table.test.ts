import test from 'ava';
import type { Style } from '../../src/report/style.js';
import { table } from '../../src/report/table.js';
import { check, FROZEN, HOSTILE, KILLED, measures, OPTIONS, run } from './results.fixture.js';

test('one experiment that held', (t) => {
	t.is(
		table(run('pass', KILLED), OPTIONS),
		`pass  every check held  nginx 1.22.1, seed 7

a replica is killed
  kill n2 at 4s · effective after 2.4ms · healed at 14s
  3 of 2012 requests failed within 5ms; then traffic moved on (after 12ms)
  pass  availability           99.85 %  >= 99%
  pass  timeToFailover            12ms  <= 1s
  pass  nonIdempotentReplayed        0  == 0
  also seen: requests 2012, p99 64ms, errorWindow 5ms, doubleExecuted 0

proved
  - availability >= 99%: 99.85 % of 2 012 (95 %: 99.55 % to 99.95 %)
  - timeToFailover <= 1s: 12ms; held in 1 of 1 events
  - nonIdempotentReplayed == 0: 0 of 3 exposed; proves < 64 % (95 %)
left open
  - not seen: p50Ms, clientTimeLostMs, timeToDetectMs, timeToRecoverMs, failbackMs, amplification, replayed,
    nonIdempotentDoubleExecuted, ghost, late, lost, ambiguous, missedRetry, loadSkew
  - times come from few fault events: 59 in a row that hold (repeat: 59) would show that 95 % of them do

run  .daruma/runs/20261123-1
`,
	);
});

test('several: the matrix, then only what fell short, worst first, with why and what to do', (t) => {
	const text = table(run('fail', KILLED, FROZEN), OPTIONS);
	t.is(
		text.slice(0, text.indexOf('proved')),
		`FAIL  1 of 2 experiments fell short  nginx 1.22.1, seed 7

      experiment           availability  errors for  failover    detect  replayed POSTs  executed twice    p99
pass  a replica is killed       99.85 %         5ms      12ms         -               0               0   64ms
FAIL  a replica is frozen         100 %           -         -  over 10s     at least 35     at least 70  1.23s

a replica is frozen
  freeze n2 at 4s · effective after 2ms · not seen to heal
  all 2000 requests were answered; 35 non-idempotent requests were delivered twice
  FAIL          nonIdempotentReplayed  at least 35  == 0
      35 POSTs were executed by two replicas
      evidence: r123 r124 r125 r126 r127 r128 and 14 more
      daruma explain 20261123-1 r123
      next: do not retry POST after it was sent (proxy_next_upstream without non_idempotent)
  inconclusive  timeToDetect              over 10s  <= 2s
      the harness was 300 ms late
      next: run it on a quieter machine
  note: the drain was cut off: counts are lower bounds

`,
	);
	t.true(text.includes('  - a replica is killed: availability >= 99%: 99.85 % of 2 012 (95 %: 99.55 % to 99.95 %);'));
});

test('inconclusive is no pass, and says what is left open', (t) => {
	const unsure = {
		...KILLED,
		verdict: 'inconclusive' as const,
		metrics: measures({}),
		checks: [check({ name: 'lost', metric: 'lost', verdict: 'inconclusive', bound: '== 0', value: null, why: 'nobody saw it', asked: false, exposure: 0 })],
	};
	const text = table(run('inconclusive', unsure), OPTIONS);
	t.true(text.startsWith('inconclusive  the experiment could not be decided'));
	t.regex(text, /inconclusive {2}lost {2}not seen {2}== 0 {2}judged anyway/);
	t.true(text.includes('  - lost == 0: nobody saw it'));
	t.false(text.includes('proved'));
});

test('the demo says what to do now; the run may be named by its id', (t) => {
	const text = table({ ...run('pass', KILLED), demo: true, run: '7' }, OPTIONS);
	t.true(text.includes('run  .daruma/runs/7\n'));
	t.regex(text, /now {2}daruma verify --subject nginx/);
});

test('repeats of one experiment are numbered', (t) => {
	const text = table(run('pass', KILLED, { ...KILLED, repeat: 1 }), OPTIONS);
	t.true(text.includes('all 2 experiments held'));
	t.regex(text, /a replica is killed \(1\)[\s\S]*a replica is killed \(2\)/);
});

test('foreign text cannot steer the terminal', (t) => {
	const text = table(run('fail', HOSTILE), OPTIONS);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	t.notRegex(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\ud800]/u);
	t.false(text.split('\n').some((line) => line.startsWith('::')));
});

test('paint does not move columns', (t) => {
	const mark = (text: string): string => `⟦${text}⟧`;
	const style: Style = { bold: mark, dim: mark, red: mark, green: mark, yellow: mark, cyan: mark };
	const painted = table(run('fail', KILLED, FROZEN), { ...OPTIONS, style });
	t.is(painted.replaceAll(/[⟦⟧]/g, ''), table(run('fail', KILLED, FROZEN), OPTIONS));
});

test('a narrow terminal loses columns, not their order', (t) => {
	const matrix = (width: number): string[] =>
		table(run('fail', KILLED, FROZEN), { ...OPTIONS, width })
			.split('\n')
			.slice(2, 5);
	t.deepEqual(matrix(90), [
		'      experiment           availability  failover  replayed POSTs  executed twice    p99',
		'pass  a replica is killed       99.85 %      12ms               0               0   64ms',
		'FAIL  a replica is frozen         100 %         -     at least 35     at least 70  1.23s',
	]);
	t.is(matrix(20)[0], '      experiment           availability  replayed POSTs  executed twice');
});
