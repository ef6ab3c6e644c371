import type { CascadeService } from '../../cascade/cascade-service.ts';
import type { Handlers } from '../endpoint.ts';
import { demandOperate, maySee } from '../principal.ts';

type CascadeRoute = 'listCascades' | 'createCascade' | 'endCascade';

/** Relays between nodes. */
export function cascadeHandlers(cascades: CascadeService): Pick<Handlers, CascadeRoute> {
  return {
    listCascades: ({ principal }) => ({
      cascades: cascades.list().filter((relay) => maySee(principal, relay.stream)),
    }),
    createCascade: ({ audit, body, principal }) => {
      audit.object(body.stream);
      audit.detail('target', body.target);
      demandOperate(principal, body.stream);
      return cascades.create(body);
    },
    endCascade: async ({ audit, params, principal }) => {
      const relay = cascades.list().find((each) => each.id === params.id);
      if (relay) {
        audit.object(relay.stream);
        audit.detail('target', relay.target);
        demandOperate(principal, relay.stream);
      }
      await cascades.end(params.id);
      return { ended: true };
    },
  };
}
