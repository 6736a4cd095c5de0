import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { Malformed } from '../wire/cut.js';

/** A server may name any number of rounds, and each costs us time: 4096 is usual, this takes about half a second. */
const MAX_ROUNDS = 1_000_000;

export interface ScramReply {
	message: string;
	/** Is this server's last word the one that only who knows the password can say? */
	proves(final: string): boolean;
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** SASLprep (RFC 4013) as far as it changes what people type; what is left as typed, PostgreSQL leaves too. */
const prepared = (password: string): string =>
	password
		.replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, ' ')
		.replace(/\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/g, '')
		.normalize('NFKC');

/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. `nonce` is ours, fresh for each login.
 * The salted password is kept: another login with the same salt costs nothing.
 */
export class Scram {
	private salted: { key: string; value: Buffer } | null = null;
	private readonly password: string;

	constructor(password: string) {
		this.password = prepared(password);
	}

	/** The first message; PostgreSQL takes the user from the startup message. */
	first(nonce: string): string {
		return `n,,n=,r=${nonce}`;
	}

	/** The answer to the server's first message. Rejects with Malformed. */
	async reply(nonce: string, serverFirst: string): Promise<ScramReply> {
		const found = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=([1-9]\d{0,9})(?:,|$)/.exec(serverFirst);
		if (!found) throw new Malformed('a SCRAM challenge that cannot be read');
		const [, theirNonce, salt, rounds] = found as unknown as [string, string, string, string];
		if (!theirNonce.startsWith(nonce) || theirNonce.length === nonce.length) throw new Malformed('a SCRAM challenge to somebody else');
		if (Number(rounds) > MAX_ROUNDS) throw new Malformed(`a SCRAM challenge of ${rounds} rounds (at most ${MAX_ROUNDS})`);
		const salted = await this.salt(salt, Number(rounds));
		const clientKey = hmac(salted, 'Client Key');
		const withoutProof = `c=biws,r=${theirNonce}`;
		const authMessage = `n=,r=${nonce},${serverFirst},${withoutProof}`;
		const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage);
		const proof = clientKey.map((byte, i) => byte ^ (signature[i] as number));
		const expected = hmac(hmac(salted, 'Server Key'), authMessage);
		return {
			message: `${withoutProof},p=${Buffer.from(proof).toString('base64')}`,
			proves(final) {
				const theirs = Buffer.from(/^v=([A-Za-z0-9+/=]+)/.exec(final)?.[1] ?? '', 'base64');
				return theirs.length === expected.length && timingSafeEqual(theirs, expected);
			},
		};
	}

	private async salt(salt: string, rounds: number): Promise<Buffer> {
		const key = `${rounds} ${salt}`;
		if (this.salted?.key === key) return this.salted.value;
		const value = await new Promise<Buffer>((resolve, reject) => {
			pbkdf2(this.password, Buffer.from(salt, 'base64'), rounds, 32, 'sha256', (error, made) => (error ? reject(error) : resolve(made)));
		});
		this.salted = { key, value };
		return value;
	}
}
