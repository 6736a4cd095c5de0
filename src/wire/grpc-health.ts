/** ServingStatus of grpc.health.v1 (grpc/grpc: doc/health-checking.md); the index is the number. SERVICE_UNKNOWN comes from Watch alone. */
export const SERVING = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

const encoder = new TextEncoder();

/** HealthCheckRequest: field 1, the service's name; '' is the server as a whole. */
export const healthRequest = (service: string): Uint8Array => {
	const name = encoder.encode(service);
	if (name.length === 0) return name;
	const out = [0x0a];
	let length = name.length;
	for (; length >= 128; length >>>= 7) out.push((length & 127) | 128);
	out.push(length);
	return Uint8Array.from([...out, ...name]);
};

/** ServingStatus of a HealthCheckResponse: its field 1, 0 where it is left out; fields unknown to us are passed over. -1: no such message. */
export const servingStatus = (message: Uint8Array): number => {
	// What nearly every answer is: one field, one byte.
	if (message.length === 2 && message[0] === 0x08 && (message[1] as number) < 128) return message[1] as number;
	const reader = { bytes: message, at: 0 };
	let status = 0;
	while (reader.at < message.length) {
		const tag = varint(reader);
		if (tag < 8) return -1;
		if (tag === 0x08) {
			status = varint(reader);
			if (status < 0) return -1;
		} else if (!skip(reader, tag & 7)) return -1;
	}
	return status;
};

interface Reader {
	bytes: Uint8Array;
	at: number;
}

/** The low 31 bits of a varint of at most ten bytes; -1: there is none. */
const varint = (reader: Reader): number => {
	let value = 0;
	for (let n = 0; n < 10; n++) {
		const byte = reader.bytes[reader.at++];
		if (byte === undefined) return -1;
		if (n < 5) value |= (byte & 127) << (n * 7);
		if (byte < 128) return value & 0x7fffffff;
	}
	return -1;
};

/** Passes over a value by its wire type; groups (3, 4) were never part of proto3. */
const skip = (reader: Reader, type: number): boolean => {
	if (type === 0) return varint(reader) >= 0;
	const length = type === 1 ? 8 : type === 5 ? 4 : type === 2 ? varint(reader) : -1;
	if (length < 0) return false;
	reader.at += length;
	return reader.at <= reader.bytes.length;
};
