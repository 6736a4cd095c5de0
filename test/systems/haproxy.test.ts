import test from 'ava';
import { findHaproxy, parseHaproxyProblem } from '../../src/systems/haproxy.js';

for (const [output, problem] of [
	[
		"[NOTICE]   (1) : haproxy version is 2.6.12\n[ALERT]    (12590) : config : parsing [/tmp/a.cfg:6] : unknown keyword 'foo' in 'frontend' section\n[ALERT]    (12590) : config : Fatal errors found in configuration.\n",
		{ message: "unknown keyword 'foo' in 'frontend' section", file: '/tmp/a.cfg', line: 6 },
	],
	[
		"[ALERT]    (12592) : config : Proxy 'f': unable to find required default_backend: 'nosuch'.\n",
		{ message: "Proxy 'f': unable to find required default_backend: 'nosuch'.", file: null, line: null },
	],
	["[ALERT] 326/124245 (9) : parsing [/tmp/a.cfg:6] : unknown keyword 'foo'\n", { message: "unknown keyword 'foo'", file: '/tmp/a.cfg', line: 6 }],
] as const) {
	test(`problem: ${problem.message}`, (t) => t.deepEqual(parseHaproxyProblem(output), problem));
}

test.serial('a HAProxy that is not there: exit 2, with how to get it', async (t) => {
	const before = process.env.DARUMA_HAPROXY;
	process.env.DARUMA_HAPROXY = '/nowhere/haproxy';
	try {
		const error = await t.throwsAsync<Error & { code: string; exit: number; hint: string }>(findHaproxy());
		t.deepEqual([error?.code, error?.exit], ['E_NOT_FOUND', 2]);
		t.regex(error?.hint ?? '', /apt-get install haproxy/);
	} finally {
		if (before === undefined) delete process.env.DARUMA_HAPROXY;
		else process.env.DARUMA_HAPROXY = before;
	}
});
