import type { Outgoing } from '../../base/outgoing.ts';
import type { OpenedConfig } from '../../secrets/open-config.ts';
import { SecretService } from '../../services/secret-service.ts';
import { connectionState } from '../connection-state.ts';
import type { Handlers } from '../endpoint.ts';
import type { TlsFiles } from '../tls-files.ts';

type SecretRoute =
  | 'getSecrets'
  | 'setSecret'
  | 'deleteSecret'
  | 'moveSecretStore'
  | 'extractSecrets'
  | 'getConnections';

export interface SecretHandlerOptions {
  readonly loaded: OpenedConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly outgoing: Outgoing;
  /** The certificate of the endpoint, if it has one. */
  readonly tls: TlsFiles | null;
}

/** Secrets and certificates, for the settings. */
export function secretHandlers(options: SecretHandlerOptions): Pick<Handlers, SecretRoute> {
  const { env, loaded, outgoing, tls } = options;
  const secrets = new SecretService(loaded.secrets, loaded.path, env);
  const done = { status: 'ok' } as const;
  return {
    getSecrets: () => secrets.state(),
    setSecret: async ({ body, params }) => {
      await secrets.set(params.name, body.value);
      return done;
    },
    deleteSecret: async ({ params }) => {
      await secrets.remove(params.name);
      return done;
    },
    moveSecretStore: async ({ audit, body }) => {
      audit.object(body.place);
      await secrets.moveTo(body.place);
      return done;
    },
    extractSecrets: async ({ audit, body }) => {
      audit.object(body.paths.join(', '));
      return { moved: await secrets.extract(body.paths) };
    },
    getConnections: ({ request }) =>
      connectionState(loaded.config, outgoing, tls, `${request.protocol}://${request.host}`),
  };
}
