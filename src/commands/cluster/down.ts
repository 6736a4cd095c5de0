import { BaseCommand } from '../../base-command.js';
import type { DownReport } from '../../engine/session/down.js';
import { EXIT } from '../../model/errors.js';

const WORDS: Record<DownReport['how'], string> = {
	asked: 'healed, ended and verified',
	dead: 'its supervisor had gone; verified that nothing is left',
	forced: 'its supervisor did not answer and was ended; verified that nothing is left',
	none: 'no cluster runs here',
};

export default class ClusterDown extends BaseCommand {
	static override summary = 'heal and end the running cluster, and verify that nothing of it is left';
	static override description =
		'Ends the cluster of this folder, or of the nearest one above, whether its supervisor lives, hangs or has died. Exit codes: 0 nothing is left (also if none ran), 6 that could not be verified.';
	static override examples = ['<%= config.bin %> cluster down'];

	async run(): Promise<DownReport> {
		await this.parse(ClusterDown);
		const { down } = await import('../../engine/session/down.js');
		const report = await down(process.cwd());
		if (!this.jsonEnabled()) process.stdout.write(`${report.run === null ? '' : `${report.run}: `}${WORDS[report.how]}\n`);
		return this.finish(report, EXIT.ok);
	}
}
