const TEXT = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** What a client begins with, before its first SETTINGS (RFC 9113, 3.4). */
export const PREFACE: Uint8Array = Uint8Array.from(TEXT, (c) => c.charCodeAt(0));

/** Whether a connection that begins with these bytes speaks HTTP/2 with prior knowledge; 'maybe': more bytes will tell. No method of HTTP/1 begins like it. */
export const beginsHttp2 = (bytes: Uint8Array): 'yes' | 'no' | 'maybe' => {
	const n = Math.min(bytes.length, PREFACE.length);
	for (let i = 0; i < n; i++) if (bytes[i] !== PREFACE[i]) return 'no';
	return n === PREFACE.length ? 'yes' : 'maybe';
};
