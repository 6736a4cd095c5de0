/** Closed forms that a simulator of queues must reproduce. Times in units of mean service, λ is the load per server. */

/** Supermarket model (Mitzenmacher 2001): E[T] = Σ λ^((dⁱ − d)/(d − 1)); d = 1: 1 / (1 − λ). */
export const supermarket = (lambda: number, d: number): number => {
	if (d === 1) return 1 / (1 - lambda);
	let sum = 0;
	for (let i = 1; i < 60; i++) sum += lambda ** ((d ** i - d) / (d - 1));
	return sum;
};

/** M/M/1: the time in the system is exponential with rate 1 − λ. Quantile q. */
export const mm1Quantile = (lambda: number, q: number): number => -Math.log(1 - q) / (1 - lambda);

/** E_k/M/1 (each server of a round robin over k): exponential with rate 1 − σ, where σ = (kλ / (kλ + 1 − σ))^k. */
export const roundRobinRate = (lambda: number, k: number): number => {
	let sigma = lambda;
	for (let i = 0; i < 10_000; i++) sigma = ((k * lambda) / (k * lambda + 1 - sigma)) ** k;
	return 1 - sigma;
};

/** Two choices, many servers: an arrival meets i requests with chance s_i² − s_{i+1}², s_i = λ^(2ⁱ − 1), and stays Erlang(i + 1). Quantile q. */
export const twoChoicesQuantile = (lambda: number, q: number): number => {
	const longer = (t: number): number => {
		let tail = 0;
		let term = Math.exp(-t);
		let poisson = 0;
		for (let i = 0; i < 12; i++) {
			// P(Erlang(i + 1) > t) = Σ_{j ≤ i} e^(−t) tʲ / j!
			poisson += term;
			term *= t / (i + 1);
			tail += (lambda ** (2 * (2 ** i - 1)) - lambda ** (2 * (2 ** (i + 1) - 1))) * poisson;
		}
		return tail;
	};
	let [low, high] = [0, 200];
	for (let i = 0; i < 80; i++) {
		const middle = (low + high) / 2;
		if (longer(middle) > 1 - q) low = middle;
		else high = middle;
	}
	return low;
};
