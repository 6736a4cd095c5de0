import { createInterface } from 'node:readline';

/**
 * Asks one question after the other on a terminal; Enter takes what stands in brackets. `null`: the user has gone
 * (Ctrl-C, Ctrl-D), and nothing is to be done.
 */
export const askAll = async (questions: readonly { text: string; preset: string }[]): Promise<string[] | null> => {
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	let left = false;
	const gone = new Promise<null>((resolve) => {
		terminal.once('close', () => {
			left = true;
			resolve(null);
		});
		terminal.once('SIGINT', () => terminal.close());
	});
	try {
		const answers: string[] = [];
		for (const { text, preset } of questions) {
			const said = await Promise.race([gone, new Promise<string>((resolve) => terminal.question(`${text} [${preset}] `, resolve))]);
			if (said === null || left) return null;
			answers.push(said.trim() || preset);
		}
		return answers;
	} finally {
		terminal.close();
	}
};
