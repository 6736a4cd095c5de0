import test from 'ava';
import { readPlan } from '../../../src/config/index.js';
import { type Answers, starterFile } from '../../../src/config/starter/file.js';

const commands: Answers['command'][] = [null, ['node', 'server.js'], ['./run me', '--port', '{port}', "it's", 'a"b']];
const subjects: Answers['subject'][] = [
	{ kind: 'client' },
	{ kind: 'nginx', config: 'default' },
	{ kind: 'haproxy', config: './my conf/haproxy.cfg' },
	{ kind: 'command', argv: ['./gateway', '--listen', '{listen}', '--upstreams={upstreams}'] },
];

for (const command of commands) {
	for (const subject of subjects) {
		test(`${command?.join(' ') ?? 'builtin'} behind ${JSON.stringify(subject)}: what is written means what was answered`, async (t) => {
			const { plan, warnings } = await readPlan(starterFile({ command, subject }), '/folder/daruma.yaml');
			t.deepEqual(warnings, []);
			t.is(plan.experiments.length, 2);
			t.deepEqual(plan.cluster.replica.kind === 'command' ? plan.cluster.replica.argv : null, command);
			t.is(plan.subject.kind, subject.kind);
			if (plan.subject.kind === 'haproxy') t.is(plan.subject.config, '/folder/my conf/haproxy.cfg');
			if (plan.subject.kind === 'command' && subject.kind === 'command') t.deepEqual(plan.subject.argv, [...subject.argv]);
		});
	}
}
