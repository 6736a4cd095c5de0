// What is tested: a client that asks the next replica when one is silent or gone. `timeoutMs` is per try.
export const failover = (urls, timeoutMs) => {
	let next = 0;
	return async (path) => {
		const reasons = [];
		for (let i = 0; i < urls.length; i++) {
			const url = urls[next++ % urls.length];
			try {
				const answer = await fetch(url + path, { signal: AbortSignal.timeout(timeoutMs) });
				await answer.arrayBuffer();
				if (answer.ok) return { from: url, tries: i + 1 };
				reasons.push(`${url}: ${answer.status}`);
			} catch (error) {
				reasons.push(`${url}: ${error.message}`);
			}
		}
		throw new Error(`no replica answered: ${reasons.join('; ')}`);
	};
};
