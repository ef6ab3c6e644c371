import type { ConnectionState } from '../../../src-shared/model/secret-state.ts';
import type { Outgoing } from '../base/outgoing.ts';
import type { Config } from '../config/config-schema.ts';
import type { TlsFiles } from './tls-files.ts';

/** How the endpoint and its outgoing calls are secured, for the settings. */
export function connectionState(
  config: Pick<Config, 'http' | 'tls'>,
  outgoing: Outgoing,
  tls: TlsFiles | null,
): ConnectionState {
  return {
    publicUrl: config.http.public,
    certificate: tls?.state() ?? null,
    caFiles: [...config.tls.ca_files],
    proxies: outgoing.proxyOrigins(),
  };
}
