import test from 'ava';
import { annotatedPath } from '../../src/report/annotated-path.js';

for (const [file, workspace, shown] of [
	['/home/runner/work/app/app/chaos/daruma.yaml', '/home/runner/work/app/app', 'chaos/daruma.yaml'],
	['/home/runner/work/app/app/daruma.yaml', '/home/runner/work/app/app/', 'daruma.yaml'],
	['/home/runner/work/app/app2/daruma.yaml', '/home/runner/work/app/app', '/home/runner/work/app/app2/daruma.yaml'],
	['/srv/daruma.yaml', undefined, '/srv/daruma.yaml'],
	['/srv/daruma.yaml', '', '/srv/daruma.yaml'],
] as const)
	test(`${file} in ${workspace}`, (t) => t.is(annotatedPath(file, workspace), shown));
