// Terminal output on stdin (with colours: FORCE_COLOR=1) → an SVG on stdout: the picture in the README is real output.
const COLORS = { 30: '#6e7681', 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 34: '#79c0ff', 35: '#d2a8ff', 36: '#76e3ea', 90: '#8b949e' };
const CELL = 8.4;
const LINE = 19;

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const lines = Buffer.concat(chunks).toString('utf8').trimEnd().split('\n');
const xml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const render = (line, y) => {
	let style = { bold: false, dim: false, color: null };
	let column = 0;
	let out = '';
	// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with ESC
	for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
		// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with ESC
		const sgr = /^\x1b\[([\d;]*)m$/.exec(part);
		if (sgr) {
			for (const code of sgr[1].split(';').map(Number)) {
				if (code === 0) style = { bold: false, dim: false, color: null };
				else if (code === 1) style.bold = true;
				else if (code === 2) style.dim = true;
				else if (code === 22) Object.assign(style, { bold: false, dim: false });
				else if (code === 39) style.color = null;
				else if (COLORS[code]) style.color = COLORS[code];
			}
		} else if (part !== '') {
			const width = [...part].length;
			const fill = style.color ?? (style.dim ? '#8b949e' : '#e6edf3');
			if (part.trim() !== '')
				out += `<text x="${(16 + column * CELL).toFixed(1)}" y="${y}" fill="${fill}"${style.bold ? ' font-weight="bold"' : ''} textLength="${(width * CELL).toFixed(1)}" xml:space="preserve">${xml(part)}</text>\n`;
			column += width;
		}
	}
	return out;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with ESC
const widest = Math.max(...lines.map((line) => [...line.replace(/\x1b\[[\d;]*m/g, '')].length));
const width = Math.ceil(32 + widest * CELL);
const height = 28 + lines.length * LINE;
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${lines.map((line, i) => render(line, 28 + i * LINE)).join('')}</svg>
`);
