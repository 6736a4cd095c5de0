// The service: prices an order. Nothing in it knows of daruma.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
	const { pathname } = new URL(request.url, 'http://localhost');
	const n = Number(/^\/orders\/(\d+)$/.exec(pathname)?.[1] ?? Number.NaN);
	response.setHeader('content-type', 'application/json');
	response.statusCode = Number.isNaN(n) ? 404 : 200;
	response.end(JSON.stringify(Number.isNaN(n) ? { error: 'no such order' } : { order: n, price: n * 3 }));
});

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
process.once('SIGTERM', () => server.close());
