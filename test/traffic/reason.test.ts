import test from 'ava';
import { isOwnLimit, reasonOf } from '../../src/traffic/reason.js';

const error = (code: string | undefined, message = ''): Error => Object.assign(new Error(message), code === undefined ? {} : { code });

for (const [code, message, expected] of [
	['ECONNREFUSED', '', 'ECONNREFUSED'],
	['ECONNRESET', 'read ECONNRESET', 'ECONNRESET'],
	['UND_ERR_SOCKET', 'other side closed', 'closed'],
	['UND_ERR_SOCKET', 'closed', 'closed'],
	['UND_ERR_SOCKET', 'bad response', 'protocol'],
	['UND_ERR_SOCKET', 'bad upgrade', 'protocol'],
	['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', '', 'closed'],
	['UND_ERR_INVALID_ARG', '', 'invalid-request'],
	[undefined, 'x', 'Error'],
] as const) {
	test(`${code} ${message} → ${expected}`, (t) => {
		t.is(reasonOf(error(code, message)), expected);
	});
}

test('our own limits are told apart from the cluster', (t) => {
	for (const reason of ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']) t.true(isOwnLimit(reason));
	for (const reason of ['ECONNREFUSED', 'ECONNRESET', 'timeout', 'closed', undefined]) t.false(isOwnLimit(reason));
});
