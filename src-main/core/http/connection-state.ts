import type { ConnectionState } from '../../../src-shared/model/secret-state.ts';
import type { Outgoing } from '../base/outgoing.ts';
import type { Config } from '../config/config-schema.ts';
import { ownPublicUrl } from '../config/normalize-config.ts';
import type { TlsFiles } from './tls-files.ts';

/** How the endpoint and its outgoing calls are secured, for the settings; `askedUrl` is where the asker reached it. */
export function connectionState(
  config: Pick<Config, 'http' | 'tls'>,
  outgoing: Outgoing,
  tls: TlsFiles | null,
  askedUrl: string,
): ConnectionState {
  return {
    // Without http.public the port that was really taken is the one that was asked.
    publicUrl: ownPublicUrl(config) ?? askedUrl,
    certificate: tls?.state() ?? null,
    caFiles: [...config.tls.ca_files],
    proxies: outgoing.proxyOrigins(),
  };
}
