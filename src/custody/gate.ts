/**
 * What every child runs first: it waits here until its identity is on disk, and only then loads what it is for. When
 * daruma goes, however it goes, the channel ends, and the child ends its whole group, itself included.
 */
import { pathToFileURL } from 'node:url';
import { descendants, ownIdentity } from '../platform/process-identity.js';
import type { Link, WardMain } from './custody.js';
import { killOne, sweepOnce } from './group.js';

type Message = { kind: string; [key: string]: unknown };

const end = (): void => {
	try {
		const self = ownIdentity();
		const left = descendants([self]).filter((p) => p.pgrp !== process.pid);
		left.forEach(killOne);
		sweepOnce(`DARUMA_WARD=${process.env.DARUMA_WARD}`, new Set([process.pid]), self);
	} finally {
		process.kill(-process.pid, 'SIGKILL');
	}
};

process.on('disconnect', end);
if (!process.connected) end();

const waiting: Message[] = [];
const listeners: ((message: Message) => void)[] = [];
const link: Link = {
	send: (message) => void process.send?.(message, undefined, undefined, () => {}),
	onMessage: (listener) => {
		listeners.push(listener);
		for (const message of waiting.splice(0)) listener(message);
	},
};

process.once('message', async (go: { entry: string; args: unknown }) => {
	process.on('message', (message: Message) => {
		if (listeners.length === 0) waiting.push(message);
		for (const listener of listeners) listener(message);
	});
	try {
		const entry = (await import(pathToFileURL(go.entry).href)) as { main: WardMain };
		await entry.main(go.args, link);
	} catch (error) {
		console.error(error);
		process.exit(70);
	}
});
