import test from 'ava';
import { callsOfEveryKind } from './h2-calls.js';

test('grpc-js, calls of every kind, some given up: receipts and responses are what the server says', (t) => callsOfEveryKind(t, 1, 500, 3, false));
test('the same in random cuts: what came out are the bytes that went in', (t) => callsOfEveryKind(t, 2, 200, 3, true));
