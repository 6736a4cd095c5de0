import base from './ava.config.js';

export default { ...base, files: ['test/long/**/*.test.ts'], timeout: '600s', concurrency: 1, serial: true };
