// Writes the schemas of what people write, from the grammar of src/config (compiled before). `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';

const { jsonSchema } = await import('../dist/src/config/schema/index.js');
const { sceneSchema } = await import('../dist/src/config/scene.js');
for (const [name, schema] of [
	['daruma', jsonSchema()],
	['scene', sceneSchema()],
]) {
	const path = new URL(`../schemas/${name}.schema.json`, import.meta.url);
	const next = `${JSON.stringify(schema, null, '\t')}\n`;
	if (!process.argv.includes('--check')) writeFileSync(path, next);
	else if (readFileSync(path, 'utf8') !== next) {
		console.error(`schemas/${name}.schema.json is out of date: run node scripts/schemas.js`);
		process.exit(1);
	}
}
