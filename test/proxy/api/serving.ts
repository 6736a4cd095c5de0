// A process of its own: the API on a port that the system chooses, which it says; until it is killed.
import { serveProxy } from '../../../src/proxy/api/serve.js';

const { url } = await serveProxy({ port: 0, seed: 1 });
process.stdout.write(`${url}\n`);
