/** Opens custody like a run of daruma: three wards, one frozen; then (busy) it never stops starting, freezing and ending. */
import { fileURLToPath } from 'node:url';
import type { Ward } from '../../src/custody/custody.js';
import { openCustody } from '../../src/custody/open.js';
import { rng } from '../../src/model/rng.js';
import { descendants, groupMembers, type ProcessInfo } from '../../src/platform/process-identity.js';

const { run, folder, leaseMs, busy, seed } = JSON.parse(process.argv[2] as string) as {
	run: string;
	folder: string;
	leaseMs: number;
	busy: boolean;
	seed: number;
};
const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const chance = rng(seed).fork('driver');
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const tell = (name: string, { pid, startTime }: { pid: number; startTime: string }): void => say({ kind: 'process', name, pid, startTime });

const custody = await openCustody({ run, folder, leaseMs });
void custody.broken.then((why) => say({ kind: 'broken', why }));

/** A foreign command that starts one process in its group, and one that leaves it. */
const hold = async (name: string): Promise<Ward> => {
	const ward = await custody.spawn({
		name,
		entry: at('../../src/custody/holder.js'),
		args: { argv: ['sh', '-c', `setsid sleep 300 & ${busy ? '' : `env -i PATH=${process.env.PATH} setsid sleep 300 &`} sleep 300 & exec sleep 300`] },
		logFile: `${folder}/logs/${name}.log`,
	});
	tell(name, ward);
	return ward;
};
const listen = async (name: string): Promise<Ward> => {
	const ward = await custody.spawn({ name, entry: at('./fixture-ward.js'), args: {}, logFile: `${folder}/logs/${name}.log` });
	tell(name, ward);
	return ward;
};
const freeze = async (ward: Ward): Promise<() => Promise<void>> => {
	const armed = await custody.arm({ kind: 'continue-group', pid: ward.pid, startTime: ward.startTime }, 60_000);
	ward.signalGroup('SIGSTOP');
	return () => armed.heal();
};

const [frozen, held] = await Promise.all([hold('frozen'), hold('held'), listen('listening')]);
const outside = (ward: Ward): ProcessInfo[] => descendants([ward]).filter((p) => p.pgrp === p.pid && p.comm === 'sleep');
const strays = busy ? 1 : 2;
while ([frozen, held].some((ward) => groupMembers(ward.pid).length < 3 || outside(ward).length < strays)) {
	await new Promise((resolve) => setTimeout(resolve, 10));
}
for (const ward of [frozen, held]) {
	for (const p of outside(ward)) tell('stray', p);
	for (const p of groupMembers(ward.pid)) if (p.pid !== ward.pid) tell('member', p);
}
await freeze(frozen);
say({ kind: 'ready' });

for (let turn = 0; busy; turn++) {
	const [one, two] = await Promise.all([hold(`h${turn}`), listen(`l${turn}`)]);
	const thaw = await freeze(chance.next() < 0.5 ? one : two);
	await thaw();
	await Promise.all([one.end(chance.next() < 0.5 ? 0 : 500), two.end(200)]);
}
setInterval(() => {}, 1000);
