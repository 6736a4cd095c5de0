/** RFC 9110 9.2.2: the safe methods (9.2.1), PUT and DELETE. Method names are case-sensitive (9.1); any other method is not known to be idempotent. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

export const isIdempotent = (method: string): boolean => IDEMPOTENT.has(method);
