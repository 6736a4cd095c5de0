/**
 * The talk before TLS of one protocol: it yields what to say, or '' to hear more, is given all that was heard since it
 * last spoke, and returns whether TLS may begin.
 */
export type StartTls = () => Generator<string | Buffer, boolean, Buffer>;

/** A complete reply of SMTP (RFC 5321, 4.2): the last line has a blank after its code. Null: not complete. */
const smtpCode = (heard: Buffer): number | null => {
	const found = /(?:^|\r\n)(\d{3})(?: [^\r\n]*)?\r\n$/.exec(heard.toString('latin1'));
	return found ? Number(found[1]) : null;
};

function* smtpReply(heard: Buffer): Generator<string, number, Buffer> {
	let code = smtpCode(heard);
	while (code === null) code = smtpCode(yield '');
	return code;
}

/** SMTP: RFC 3207. */
const smtp: StartTls = function* () {
	if ((yield* smtpReply(yield '')) !== 220) return false;
	if ((yield* smtpReply(yield 'EHLO daruma.invalid\r\n')) !== 250) return false;
	return (yield* smtpReply(yield 'STARTTLS\r\n')) === 220;
};

function* line(pattern: RegExp, heard: Buffer): Generator<string, RegExpExecArray, Buffer> {
	let found = pattern.exec(heard.toString('latin1'));
	while (!found) found = pattern.exec((yield '').toString('latin1'));
	return found;
}

/** IMAP: RFC 3501, 6.2.1. */
const imap: StartTls = function* () {
	if ((yield* line(/^\* (\w+)[^\r\n]*\r\n/, yield ''))[1] !== 'OK') return false;
	return (yield* line(/(?:^|\r\n)d1 (\w+)[^\r\n]*\r\n/, yield 'd1 STARTTLS\r\n'))[1] === 'OK';
};

/** POP3: RFC 2595, 4. */
const pop3: StartTls = function* () {
	if ((yield* line(/^([+-]\w+)[^\r\n]*\r\n/, yield ''))[1] !== '+OK') return false;
	return (yield* line(/^([+-]\w+)[^\r\n]*\r\n/, yield 'STLS\r\n'))[1] === '+OK';
};

/** PostgreSQL's SSLRequest (protocol 3.0, 55.2.10): one byte, S or N. */
const postgres: StartTls = function* () {
	const heard = yield Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
	let answer = heard;
	while (answer.length === 0) answer = yield '';
	return answer.length === 1 && answer[0] === 0x53;
};

export const STARTTLS: Readonly<Record<string, StartTls>> = { smtp, imap, pop3, postgres };
