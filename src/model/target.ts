/** What is asked: one endpoint with its protocol. Made from a URL by `parseTarget`, or by a discovery source. */
export interface Target {
	/** As shown: the URL without secrets, unless discovery knows a better name. */
	name: string;
	/** `http https tcp tls grpc grpcs jsonrpc+http jsonrpc+https jsonrpc+tcp ws wss dns udp redis rediss postgres thrift exec`. */
	protocol: string;
	/** A name or an address (IPv6 without brackets); for exec the program. */
	host: string;
	port: number;
	/** With its query where the protocol has one; '' otherwise. */
	path: string;
	/** From the URL, percent-decoded; never shown. */
	username?: string;
	password?: string;
	/** A socket file instead of host and port: `http+unix:/run/x.sock:/path`. */
	socketPath?: string;
	/** For weighted policies; 1 unless the source says so. */
	weight: number;
}
