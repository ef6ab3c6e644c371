import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { directDispatcher } from '../base/outgoing.ts';
import { followStreamFeed } from './stream-feed.ts';

let closing: (() => unknown)[];

beforeEach(() => {
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

/** Follows a node that opens its event stream and then does what `speak` does. */
async function follow(speak: (response: ServerResponse) => void) {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    speak(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dispatcher = directDispatcher({ connectTimeoutMs: 2000 });
  closing.push(
    () => server.close(),
    () => server.closeAllConnections(),
    () => dispatcher.destroy(),
  );
  const lists: string[][] = [];
  const failure = await followStreamFeed(
    { alias: 'a', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: '' },
    {
      dispatcher,
      signal: new AbortController().signal,
      onStreams: (streams) => lists.push(streams.map(({ id }) => id)),
      onAlive: () => {},
      silenceMs: 1500,
    },
  );
  return { failure, lists };
}

it('gives up a connection that stays open and says nothing', async () => {
  const { failure, lists } = await follow(() => {});
  expect(failure).toMatchObject({ kind: 'timeout' });
  expect(lists).toEqual([]);
});

it('gives up one that falls silent after its first list', async () => {
  const { failure, lists } = await follow((response) => response.write('data: [{"id":"cam1"}]\n\n'));
  expect(failure).toMatchObject({ kind: 'timeout' });
  expect(lists).toEqual([['cam1']]);
});

it('takes keep-alives for signs of life', async () => {
  const { failure } = await follow((response) => {
    let count = 0;
    const timer = setInterval(() => {
      count += 1;
      response.write(':\n\n');
      if (count === 8) response.end();
    }, 250);
    closing.push(() => clearInterval(timer));
  });
  expect(failure).toMatchObject({ kind: 'unreachable', reason: 'The node closed its event stream.' });
});
