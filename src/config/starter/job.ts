/** Where a CI service looks for its jobs, and what a job of daruma's looks like there. One entry per service. Pure data. */
export const JOBS = {
	github: {
		path: '.github/workflows/daruma.yml',
		text: `name: failover
on: [push, pull_request]
permissions:
  contents: read
jobs:
  daruma:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm ci
      # 0 all held, 1 a check failed, 3 inconclusive: too little was seen to say
      - run: npx daruma verify --report github=- --report junit=daruma.xml --deadline 10min
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: daruma
          path: |
            daruma.xml
            .daruma/runs
          include-hidden-files: true
`,
	},
	gitlab: {
		path: '.gitlab/daruma.yml',
		text: `# In .gitlab-ci.yml: include: [{ local: .gitlab/daruma.yml }]
daruma:
  image: node:22
  timeout: 15 minutes
  script:
    - npm ci
    # 0 all held, 1 a check failed, 3 inconclusive: too little was seen to say
    - npx daruma verify --report junit=daruma.xml --deadline 10min
  artifacts:
    when: always
    paths: [.daruma/runs]
    reports:
      junit: daruma.xml
`,
	},
} as const;
export type CiService = keyof typeof JOBS;
