import test from 'ava';
import { LINUX } from '../custody/arena.js';
import { killed, stopped } from '../custody/death.js';

const live = LINUX ? test.serial : test.serial.skip;
if (!LINUX) console.log('skipped: what happens when daruma dies is tested on Linux (it needs /proc and setsid)');

for (let seed = 100; seed < 120; seed++) live(`kill -9 of daruma leaves nothing within 2 s (seed ${seed})`, killed, seed);
for (let seed = 200; seed < 220; seed++) live(`SIGSTOP of daruma leaves nothing within its lease (seed ${seed})`, stopped, seed);
