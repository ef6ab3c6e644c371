import type { CascadeService } from '../../cascade/cascade-service.ts';
import type { Handlers } from '../endpoint.ts';

type CascadeRoute = 'listCascades' | 'createCascade' | 'endCascade';

/** Relays between nodes. */
export function cascadeHandlers(cascades: CascadeService): Pick<Handlers, CascadeRoute> {
  return {
    listCascades: () => ({ cascades: cascades.list() }),
    createCascade: ({ body }) => cascades.create(body),
    endCascade: async ({ params }) => {
      await cascades.end(params.id);
      return { ended: true };
    },
  };
}
