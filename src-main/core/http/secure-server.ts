import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Whether a request came over HTTPS to us ourselves. */
export function isEncrypted(request: FastifyRequest): boolean {
  // A request that was given up has no socket any more.
  return (request.raw.socket as Partial<TLSSocket> | null)?.encrypted === true;
}

/** Adds to the replies of an HTTPS server what belongs there: cookies that are never sent without it, and HSTS. */
export function addSecureHeaders(app: FastifyInstance, hstsSeconds: number): void {
  app.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply) => {
    if (!isEncrypted(request)) return;
    if (hstsSeconds > 0) reply.header('strict-transport-security', `max-age=${hstsSeconds}`);
    const cookies = reply.getHeader('set-cookie');
    if (cookies === undefined) return;
    const secure = [cookies].flat().map((cookie) => {
      const text = String(cookie);
      return /;\s*secure/i.test(text) ? text : `${text}; Secure`;
    });
    reply.removeHeader('set-cookie').header('set-cookie', secure);
  });
}

const HINT = 'This address speaks HTTPS. Write https:// in place of http://.\n';
const HINT_REPLY = [
  'HTTP/1.1 400 Bad Request',
  'content-type: text/plain; charset=utf-8',
  `content-length: ${Buffer.byteLength(HINT)}`,
  'connection: close',
  '',
  HINT,
].join('\r\n');

/** Answers those who speak plain HTTP to an HTTPS server with the reason, instead of hanging up on them. */
export function explainPlainHttp(server: FastifyInstance['server']): void {
  server.on(
    'tlsClientError',
    (error: NodeJS.ErrnoException, socket: TLSSocket & { _parent?: Socket | null }) => {
      // The socket below is the one that can still be written to.
      if (error.code === 'ERR_SSL_HTTP_REQUEST') socket._parent?.end(HINT_REPLY);
    },
  );
}

/**
 * Listens in plain HTTP for this computer alone, beside the HTTPS endpoint: the desktop's own window and the demo
 * cannot check a certificate that is made out to another name. Credentials are asked for as everywhere.
 */
export async function listenForThisComputer(
  app: FastifyInstance,
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) =>
    app.routing(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
