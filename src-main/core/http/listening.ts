import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError, errorCode } from '../base/errors.ts';
import type { Config } from '../config/config-schema.ts';
import { parseSocketAddress } from '../config/socket-address.ts';
import { isLoopbackHost } from './guard.ts';

/** Where the endpoint listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The configured address, or `port` of it. Throws bad_request. */
export function listenAddress(config: Config, port: number | undefined): ListenAddress {
  const address = parseSocketAddress(config.http.listen);
  if (!address) throw new AppError('bad_request', `http.listen is not an address: ${config.http.listen}.`);
  return { host: address.host, port: port ?? address.port };
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

/** Listens; resolves with the URL under which this computer reaches the endpoint. Throws conflict. */
export async function listen(app: FastifyInstance, address: ListenAddress): Promise<string> {
  try {
    await app.listen(address);
    const { port } = app.server.address() as AddressInfo;
    return `http://${urlHost(address.host)}:${port}`;
  } catch (error) {
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

/** The address under which this computer reaches what listens on `host`. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
