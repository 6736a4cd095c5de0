import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/platform/ports.js';
import { ask } from '../proxy/api/ask.js';

const VERSION = '2.12.0';
const MODULE = 'github.com/Shopify/toxiproxy/v2';

const says = (binary: string): boolean => {
	try {
		return execFileSync(binary, ['-version'], { encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'ignore'] }).includes(VERSION);
	} catch {
		return false;
	}
};

/** With the Go release that Toxiproxy 2.12.0 was released with: the texts of JSON errors are Go's, and change with it. */
const build = (into: string): string | null => {
	mkdirSync(into, { recursive: true });
	const env = { ...process.env, GOBIN: into, GOTOOLCHAIN: 'go1.23.0' };
	const args = ['install', '-ldflags', `-X ${MODULE}.Version=${VERSION}`, `${MODULE}/cmd/server@v${VERSION}`];
	try {
		execFileSync('go', args, { env, timeout: 500_000, stdio: 'ignore' });
		return join(into, 'server');
	} catch {
		return null;
	}
};

/** $DARUMA_TOXIPROXY, toxiproxy-server in the PATH, what an earlier test has built, or built now with go. */
export const findToxiproxy = (): { binary: string } | { why: string } => {
	const cache = join(tmpdir(), `daruma-test-toxiproxy-${VERSION}`);
	const known = [process.env.DARUMA_TOXIPROXY ?? '', 'toxiproxy-server', join(cache, 'server')].filter((binary) => binary !== '');
	const found = known.find(says) ?? build(cache);
	if (found !== null && (existsSync(found) || says(found))) return { binary: found };
	return { why: `no toxiproxy-server ${VERSION}: not in DARUMA_TOXIPROXY, not in the PATH, and go could not build it` };
};

export interface RealServer {
	url: string;
	child: ChildProcess;
	stop(): Promise<void>;
}

export const startToxiproxy = async (binary: string, args: readonly string[] = []): Promise<RealServer> => {
	const port = await freePort();
	const child = spawn(binary, ['-host', '127.0.0.1', '-port', String(port), ...args], { stdio: 'ignore', env: { ...process.env, LOG_LEVEL: 'error' } });
	const ended = once(child, 'exit');
	const url = `http://127.0.0.1:${port}`;
	for (let tries = 0; ; tries++) {
		try {
			await ask(url, { method: 'GET', path: '/version' });
			break;
		} catch (error) {
			if (tries > 200 || child.exitCode !== null) throw error;
			await new Promise((resolve) => setTimeout(resolve, 25));
		}
	}
	const stop = async (): Promise<void> => {
		child.kill('SIGKILL');
		await ended;
	};
	return { url, child, stop };
};
