/** Two columns wide in a terminal: East Asian wide and full-width forms, and emoji (Unicode Standard Annex 11, abridged). */
const WIDE =
	/[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
/** Drawn over what stands before it. */
const NARROW = /[\p{Mn}\p{Me}\p{Cf}]/u;

const widthOf = (char: string): number => (NARROW.test(char) ? 0 : WIDE.test(char) ? 2 : 1);

/** How many columns of a terminal a text takes. */
export const cellWidth = (text: string): number => {
	if (/^[\x20-\x7e]*$/.test(text)) return text.length;
	let width = 0;
	for (const char of text) width += widthOf(char);
	return width;
};

/** At most so many columns of it; what was cut off is marked. */
export const clip = (text: string, most: number): string => {
	if (cellWidth(text) <= most) return text;
	if (most <= 0) return '';
	let width = 0;
	let kept = '';
	for (const char of text) {
		if (width + widthOf(char) > most - 1) break;
		kept += char;
		width += widthOf(char);
	}
	return `${kept}…`;
};

/** The middle is left out: of a URL, both ends tell. */
export const clipMiddle = (text: string, most: number): string => {
	if (cellWidth(text) <= most) return text;
	if (most < 8) return clip(text, most);
	const tail = Math.floor((most - 1) / 2);
	const chars = [...text];
	let end = '';
	for (let i = chars.length - 1; i >= 0 && cellWidth(chars[i] + end) <= tail; i--) end = chars[i] + end;
	return clip(text, most - cellWidth(end)) + end;
};
