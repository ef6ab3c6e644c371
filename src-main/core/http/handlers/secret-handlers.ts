import type { ConnectionState } from '../../../../src-shared/model/secret-state.ts';
import type { SecretService } from '../../services/secret-service.ts';
import type { Handlers } from '../endpoint.ts';

type SecretRoute =
  | 'getSecrets'
  | 'setSecret'
  | 'deleteSecret'
  | 'moveSecretStore'
  | 'extractSecrets'
  | 'getConnections';

/** Secrets and certificates, for the settings. */
export function secretHandlers(
  secrets: SecretService,
  readConnections: () => ConnectionState,
): Pick<Handlers, SecretRoute> {
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
    getConnections: () => readConnections(),
  };
}
