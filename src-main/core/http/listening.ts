import { once } from 'node:events';
import type { Server } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { AlertService } from '../alerts/alert-service.ts';
import { AppError, errorCode } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Config } from '../config/config-schema.ts';
import { parseSocketAddress } from '../config/socket-address.ts';
import { isLoopbackHost } from './guard.ts';
import { explainPlainHttp, listenForThisComputer } from './secure-server.ts';
import { TlsFiles, type TlsFilesOptions } from './tls-files.ts';

/** Where the endpoint listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The configured address, or `port` and `host` instead of its own. Throws bad_request. */
export function listenAddress(config: Config, port?: number, host?: string): ListenAddress {
  const address = parseSocketAddress(config.http.listen);
  if (!address) throw new AppError('bad_request', `http.listen is not an address: ${config.http.listen}.`);
  return { host: host ?? address.host, port: port ?? address.port };
}

/** Throws conflict where everybody who reaches the port could do everything and nobody said that this is meant. */
export function demandSafeAddress(host: string, isAuthRequired: boolean, config: Config): void {
  if (isAuthRequired || isLoopbackHost(host) || config.http.allow_insecure) return;
  throw new AppError(
    'conflict',
    `http.listen is ${config.http.listen}, but no authentication is set up, so everybody who reaches it could do ` +
      'everything. Set auth.tokens, auth.secret or auth.accounts, listen on 127.0.0.1, or say ' +
      'http.allow_insecure = true.',
  );
}

/** An endpoint that listens. */
export interface Listening extends Closeable {
  /** Where this computer reaches it. */
  readonly url: string;
  /** The same without TLS, for our own processes on this computer. */
  readonly innerUrl: string;
}

export interface ListenOptions {
  /** The certificate, where the endpoint is HTTPS. */
  readonly tls: TlsFiles | null;
  /** Is told of trouble with the certificate. */
  readonly alerts: Pick<AlertService, 'raise' | 'resolve'>;
}

/** Listens with all that belongs to the endpoint, until `close`. Throws conflict. */
export async function openEndpoint(
  app: FastifyInstance,
  address: ListenAddress,
  { alerts, tls }: ListenOptions,
): Promise<Listening> {
  const { port } = await listen(app, address);
  const url = `${tls ? 'https' : 'http'}://${urlHost(address.host)}:${port}`;
  if (!tls) return { url, innerUrl: url, close: () => app.close() };
  explainPlainHttp(app.server);
  tls.follow(app.server as unknown as Server, (problem) => {
    if (problem === null) alerts.resolve('certificate-trouble', CERTIFICATE);
    else alerts.raise('certificate-trouble', CERTIFICATE, problem);
  });
  const inner = await listenForThisComputer(app);
  return {
    url,
    innerUrl: inner.url,
    close: async () => {
      await tls.close();
      inner.close();
      await app.close();
    },
  };
}

const CERTIFICATE = { kind: 'endpoint', name: 'HTTPS' } as const;

/** How long a port that nobody serves is waited for: a closing connection, or one that goes out from it, holds it. */
const PORT_WAIT_MS = 10 * MS_PER_SECOND;
const PORT_RETRY_MS = 200;

/** Waits until the port is free, unless somebody serves it. What hinders else is told by the listening itself. */
async function untilFree(address: ListenAddress): Promise<void> {
  const untilMs = performance.now() + PORT_WAIT_MS;
  while (address.port !== 0 && performance.now() < untilMs && (await isTaken(address))) {
    if (await isServed(address)) return;
    await delay(PORT_RETRY_MS);
  }
}

async function isTaken({ host, port }: ListenAddress): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen({ host, port }), 'listening');
    return false;
  } catch (error) {
    return errorCode(error) === 'EADDRINUSE';
  } finally {
    server.close();
  }
}

async function isServed({ host, port }: ListenAddress): Promise<boolean> {
  const socket = connect({ host: host === '0.0.0.0' || host === '::' ? 'localhost' : host, port });
  socket.setTimeout(MS_PER_SECOND, () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
    // A connection to a free port of this computer may meet itself.
    return socket.localPort !== port;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function listen(app: FastifyInstance, address: ListenAddress): Promise<AddressInfo> {
  await untilFree(address);
  try {
    await app.listen(address);
    return app.server.address() as AddressInfo;
  } catch (error) {
    await app.close();
    const place = `${address.host}:${address.port}`;
    if (errorCode(error) === 'EADDRINUSE') {
      const remedy = 'Another program, perhaps another Liveman, listens there. Choose another with --port.';
      throw new AppError('conflict', `The address ${place} is taken. ${remedy}`, { cause: error });
    }
    throw new AppError('conflict', `Cannot listen on ${place} (${errorCode(error)}). Check http.listen.`, {
      cause: error,
    });
  }
}

/** Reads the certificate of the settings; null where they name none. Throws bad_request. */
export async function openTls(
  { http: { tls } }: Pick<Config, 'http'>,
  around: Pick<TlsFilesOptions, 'cwd' | 'clock' | 'logger'>,
): Promise<TlsFiles | null> {
  return tls.cert === '' ? null : TlsFiles.open({ cert: tls.cert, key: tls.key, ...around });
}

/** The address under which this computer reaches what listens on `host`. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
