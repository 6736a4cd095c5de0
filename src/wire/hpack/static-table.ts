import type { Field } from './field.js';

/** RFC 7541, appendix A, in its order; a name, then a value where there is one. Index 1 is the first. */
const LINES = `
:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate
`;

export const STATIC: readonly Field[] = LINES.trim()
	.split('\n')
	.map((line) => {
		const space = line.indexOf(' ');
		return space < 0 ? { name: line, value: '' } : { name: line.slice(0, space), value: line.slice(space + 1) };
	});

/** Index of the first entry of this name. */
export const STATIC_NAMES: ReadonlyMap<string, number> = new Map(STATIC.map((field, i) => [field.name, i + 1] as const).reverse());
/** Index of this name and value; between them is a character that no name holds. */
export const STATIC_FIELDS: ReadonlyMap<string, number> = new Map(STATIC.map((field, i) => [`${field.name}\0${field.value}`, i + 1]));
