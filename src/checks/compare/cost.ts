/** What looking costs. Counted, not computed; bytes are those of questions and answers, without TCP, IP and their acknowledgements. */
export interface Cost {
	requests: number;
	bytesSent: number;
	bytesReceived: number;
	/** From the first question to the last, and one interval more: so long until the next would have come. */
	windowMs: number;
	/** Null: nothing was asked. */
	requestsPerS: number | null;
	bytesSentPerS: number | null;
	bytesReceivedPerS: number | null;
}

const digits = (n: number): number => Number(n.toPrecision(6));

export const costOf = ({ requests, bytesSent, bytesReceived, windowMs }: Pick<Cost, 'requests' | 'bytesSent' | 'bytesReceived' | 'windowMs'>): Cost => {
	const rate = (n: number): number | null => (windowMs > 0 && requests > 0 ? digits((n * 1000) / windowMs) : null);
	return {
		requests,
		bytesSent,
		bytesReceived,
		windowMs: Number(windowMs.toFixed(3)),
		requestsPerS: rate(requests),
		bytesSentPerS: rate(bytesSent),
		bytesReceivedPerS: rate(bytesReceived),
	};
};

/** Counts as questions come to their end. */
export class Spent {
	private requests = 0;
	private sent = 0;
	private received = 0;
	private firstMs = Number.POSITIVE_INFINITY;
	private lastMs = Number.NEGATIVE_INFINITY;

	add({ sentMs, bytes }: { sentMs: number; bytes: { sent: number; received: number } }): void {
		this.requests++;
		this.sent += bytes.sent;
		this.received += bytes.received;
		this.firstMs = Math.min(this.firstMs, sentMs);
		this.lastMs = Math.max(this.lastMs, sentMs);
	}

	cost(intervalMs: number): Cost {
		const windowMs = this.requests === 0 ? 0 : this.lastMs - this.firstMs + intervalMs;
		return costOf({ requests: this.requests, bytesSent: this.sent, bytesReceived: this.received, windowMs });
	}
}
