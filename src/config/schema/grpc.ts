import type { OkPredicate } from '../../model/plan.js';
import { GRPC_CODES } from '../../wire/grpc.js';
import { okPredicate } from '../requests.js';
import { text } from '../scalars.js';
import { list, type Shape, scalar, word } from '../shape.js';

export const grpcMethod = text('a method such as package.Service/Method', '^[A-Za-z_][A-Za-z0-9_.]*/[A-Za-z_][A-Za-z0-9_]*$');
export const base64: Shape<string> = scalar(
	"bytes in base64, such as 'CgA='",
	{ type: 'string', pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$' },
	(value) => (typeof value === 'string' && /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value) ? { value } : undefined),
);

/** By HTTP's status, or by gRPC's codes. */
export type GoodAnswer = { http: OkPredicate } | { grpc: number[] };

const NAMES = GRPC_CODES.join('|');
const codes = list(word(GRPC_CODES), 1, 'codes of gRPC');
const one: Shape<number> = scalar("'grpc OK'", { type: 'string', pattern: `^\\s*grpc\\s+(${NAMES})\\s*$` }, (value) => {
	const found = typeof value === 'string' ? new RegExp(`^\\s*grpc\\s+(${NAMES})\\s*$`).exec(value) : null;
	return found ? { value: GRPC_CODES.indexOf(found[1] as (typeof GRPC_CODES)[number]) } : undefined;
});

/** `status < 500`; for gRPC `grpc OK`, or a list of codes such as [OK, NOT_FOUND]. */
export const goodAnswer: Shape<GoodAnswer> = {
	schema: { anyOf: [okPredicate.schema, one.schema, codes.schema] },
	read(node, path, reader) {
		if (reader.yaml.isSeq(node)) return { grpc: codes.read(node, path, reader).map((name) => GRPC_CODES.indexOf(name)) };
		const text = reader.yaml.isScalar(node) ? String(node.value) : '';
		if (/^\s*grpc\b/.test(text)) return { grpc: [one.read(node, path, reader)] };
		return { http: okPredicate.read(node, path, reader) };
	},
};
