import test from 'ava';
import { callsOfEveryKind } from './h2-calls.js';

test('grpc-js, calls of every kind, some given up: receipts and responses are what the server says', (t) => callsOfEveryKind(t, 1, 800, 3, false));
test('the same in random cuts: what came out are the bytes that went in', (t) => callsOfEveryKind(t, 2, 300, 3, true));
