export default {
	files: ['test/**/*.test.ts', '!test/long/**'],
	typescript: { rewritePaths: { 'src/': 'dist/src/', 'test/': 'dist/test/' }, compile: false },
	nodeArguments: ['--enable-source-maps'],
	timeout: '60s',
	concurrency: 2,
};
