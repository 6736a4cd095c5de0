// The same tests where every connection is one of Node's Sockets, as where its handles are not to be had.
process.env.DARUMA_TEST_RAW_HANDLES = 'no';
await import('./fault-proxy.test.js');

export {};
