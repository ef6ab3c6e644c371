import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedNode {
  readonly url: string;
  close(): void;
}

/** A server in the place of a node: it answers the watcher's questions, and `answer` everything else. */
export async function scriptedNode(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ScriptedNode> {
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/api/streams/') return response.end('[]');
    if (request.method === 'GET' && request.url === '/api/strategy/') return response.end('{}');
    if (request.method === 'GET' && !request.url?.startsWith('/api/streams/')) {
      return response.writeHead(404).end();
    }
    return answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
