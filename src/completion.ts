import { readFileSync } from 'node:fs';

interface Flag {
	description?: string;
	options?: string[];
	type: 'boolean' | 'option';
	hidden?: boolean;
}
interface Manifest {
	commands: Record<string, { summary?: string; hidden?: boolean; flags: Record<string, Flag> }>;
}
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** One command as people type it, with its flags. */
interface Entry {
	words: string;
	summary: string;
	flags: [name: string, flag: Flag][];
}

const entries = (manifest: Manifest): Entry[] =>
	Object.entries(manifest.commands)
		.filter(([, command]) => !command.hidden)
		.map(([id, { summary = '', flags }]) => ({
			words: id.replaceAll(':', ' '),
			summary,
			flags: Object.entries(flags).filter(([, flag]) => !flag.hidden),
		}));

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** The next word of every command that begins with `words`. */
const nextWords = (all: readonly Entry[], words: string): string[] => [
	...new Set(
		all
			.flatMap((each) => (words === '' ? [each.words] : each.words.startsWith(`${words} `) ? [each.words.slice(words.length + 1)] : []))
			.map((rest) => rest.split(' ')[0] as string),
	),
];
/** '' and every beginning of a command. */
const beginnings = (all: readonly Entry[]): string[] => [
	...new Set(['', ...all.flatMap(({ words }) => words.split(' ').map((_, i, parts) => parts.slice(0, i + 1).join(' ')))]),
];

/** bash and zsh (through bashcompinit) share one function: what may follow is looked up by the words so far. */
const bash = (all: readonly Entry[]): string => {
	const follow = beginnings(all).flatMap((words) => {
		const next = nextWords(all, words);
		return next.length === 0 ? [] : [`    ${quoted(words)}) next=${quoted(next.join(' '))} ;;`];
	});
	const flags = all.map(({ words, flags }) => `    ${quoted(words)}) flags=${quoted(flags.map(([name]) => `--${name}`).join(' '))} ;;`);
	const values = all.flatMap(({ words, flags }) =>
		flags.flatMap(([name, { options }]) => (options ? [`    ${quoted(`${words} --${name}`)}) values=${quoted(options.join(' '))} ;;`] : [])),
	);
	return `# daruma's words for bash:  source <(daruma completion bash)
_daruma() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words='' known='' next='' flags='' values='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in -*) break ;; esac
    words="\${words:+$words }\${COMP_WORDS[i]}"
    case $words in
${beginnings(all)
	.filter((words) => words !== '')
	.map((words) => `      ${quoted(words)}) known=$words ;;`)
	.join('\n')}
    esac
  done
  case "$known $prev" in
${values.join('\n')}
    *) ;;
  esac
  case $known in
${follow.join('\n')}
    *) ;;
  esac
  case $known in
${flags.join('\n')}
    *) ;;
  esac
  if [ -n "$values" ]; then COMPREPLY=($(compgen -W "$values" -- "$cur"))
  elif [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags --help" -- "$cur"))
  elif [ "$words" = "$known" ] && [ -n "$next" ]; then COMPREPLY=($(compgen -W "$next" -- "$cur"))
  else COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -o filenames -F _daruma daruma
`;
};

const zsh = (all: readonly Entry[]): string =>
	`# daruma's words for zsh:  source <(daruma completion zsh)\nautoload -U +X bashcompinit && bashcompinit\n${bash(all).split('\n').slice(1).join('\n')}`;

const fish = (all: readonly Entry[]): string => {
	const seen = (words: string): string =>
		quoted(
			words === ''
				? '__fish_use_subcommand'
				: words
						.split(' ')
						.map((word) => `__fish_seen_subcommand_from ${word}`)
						.join('; and '),
		);
	const commands = beginnings(all).flatMap((words) =>
		nextWords(all, words).map((next) => {
			const full = words === '' ? next : `${words} ${next}`;
			return `complete -c daruma -n ${seen(words)} -f -a ${next} -d ${quoted(all.find((each) => each.words === full)?.summary ?? '')}`;
		}),
	);
	const flags = all.flatMap(({ words, flags }) =>
		flags.map(
			([name, { description = '', options, type }]) =>
				`complete -c daruma -n ${seen(words)} -l ${name} -d ${quoted(description.replaceAll('\n', ' '))}${type === 'option' ? ' -r' : ''}${options ? ` -f -a ${quoted(options.join(' '))}` : ''}`,
		),
	);
	return `# daruma's words for fish:  daruma completion fish > ~/.config/fish/completions/daruma.fish\n${[...commands, ...flags].join('\n')}\n`;
};

/** A script for `shell` that knows every command, flag and closed list of values of the manifest in `root`. */
export const completionScript = (root: URL, shell: Shell): string => {
	const all = entries(JSON.parse(readFileSync(new URL('oclif.manifest.json', root), 'utf8')) as Manifest);
	return { bash, zsh, fish }[shell](all);
};
