// Writes schemas/daruma.schema.json from the grammar of src/config (compiled before). `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';

const { jsonSchema } = await import('../dist/src/config/schema.js');
const path = new URL('../schemas/daruma.schema.json', import.meta.url);
const next = `${JSON.stringify(jsonSchema(), null, '\t')}\n`;
if (!process.argv.includes('--check')) writeFileSync(path, next);
else if (readFileSync(path, 'utf8') !== next) {
	console.error('schemas/daruma.schema.json is out of date: run node scripts/schemas.js');
	process.exit(1);
}
