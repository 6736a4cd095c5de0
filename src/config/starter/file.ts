/** The two things that daruma cannot know, and the rest of a first daruma.yaml follows from them. */
export interface Answers {
	/** How one replica is started; null: the replicas that daruma brings along. */
	command: readonly string[] | null;
	/** `client`, `nginx`, `haproxy`, the path of a config file of either (with its kind), or a gateway's own command. */
	subject: { kind: 'client' } | { kind: 'nginx' | 'haproxy'; config: string } | { kind: 'command'; argv: readonly string[] };
}

const BARE = /^[A-Za-z./][\w./-]*$/;
const word = (text: string): string => (BARE.test(text) ? text : JSON.stringify(text));
const flow = (words: readonly string[]): string => `[${words.map(word).join(', ')}]`;

const cluster = (command: Answers['command']): string =>
	command === null
		? `cluster:
  replicas: 3
  builtin: { http: { serviceMs: 50 } }   # replicas of our own; yours: command: [node, server.js]
`
		: `cluster:
  replicas: 3
  command: ${flow(command)}
  env: { PORT: "{port}" }                # each replica must listen on the port it is given: {port}, also in the command
  # cwd: .
  ready: { tcp: true, within: 15s }      # or http: /healthz
`;

const subject = (chosen: Answers['subject']): string => {
	if (chosen.kind === 'client')
		return `subject:                                 # who fails over and retries: the thing under test
  client: { policy: p2c, retry: { attempts: 3 }, timeoutMs: 1000 }
  # nginx: default | ./nginx.conf    haproxy: default | ./haproxy.cfg    command: [./gateway, --listen, "{listen}", --upstreams, "{upstreams}"]
`;
	if (chosen.kind === 'command')
		return `subject:                                 # who fails over and retries: the thing under test
  command: ${flow(chosen.argv)}   # told where by {listen} and {upstreams}, or DARUMA_LISTEN and DARUMA_UPSTREAMS
`;
	const template = chosen.config === 'default' ? '' : '   # a template: {listen}, and {n1} {n2} {n3} for your upstreams';
	return `subject:                                 # who fails over and retries: the thing under test
  ${chosen.kind}: ${word(chosen.config)}${template}
`;
};

/** A commented daruma.yaml that is right as it stands. Pure. */
export const starterFile = ({ command, subject: chosen }: Answers): string => `# daruma: knock a cluster down; verify that it gets back up.
#   daruma verify --dry-run    what would be done, with all defaults
#   daruma verify              do it, and judge it
version: 1

${cluster(command)}
${subject(chosen)}
traffic:
  rate: 100/s                            # open loop: sent on time, whatever becomes of the others
  timeout: 5s
  mix:
    - { method: GET, path: /, share: 0.5 }
    - { method: POST, path: /, share: 0.5, body: '{"n":1}', headers: { content-type: application/json } }   # must not be done twice

experiments:
  - name: a replica dies with a POST in its hands
    fault: { kind: crash, target: one, methods: [POST], for: 5s }   # also: kill, term, reset, blackhole, delay, drop, error
    baseline: 3s
    after: 8s
    expect:
      availability: ">= 98%"
      nonIdempotentReplayed: 0

  - name: a replica freezes
    fault: { kind: freeze, target: one, for: 5s }   # the port is open, nobody answers
    baseline: 3s
    after: 8s
    expect:
      availability: ">= 95%"
      p99: "<= 2s"
`;
