import type { NodeConfigInput } from '../../../../src-shared/model/node-config.ts';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { MakeDispatcher } from '../../base/outgoing.ts';
import { shownUrl } from '../../config/normalize-config.ts';
import { normalizeNodeUrl } from '../../nodes/check-node-input.ts';
import type { Cluster } from '../../nodes/cluster.ts';
import type { NodeRegistry } from '../../nodes/node-registry.ts';
import { probeNode, refuseManager } from '../../nodes/probe-node.ts';
import type { CallAudit } from '../call-audit.ts';
import type { Handlers } from '../endpoint.ts';

export interface NodeHandlerOptions {
  readonly registry: NodeRegistry;
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** How others are reached; without it directly. */
  readonly makeDispatcher?: MakeDispatcher | undefined;
}

type NodeRoute = 'listNodeConfigs' | 'addNode' | 'editNode' | 'removeNode' | 'testNode' | 'getNodeHistory';

/** Nodes as declared, and trying them. */
export function nodeHandlers({
  clock,
  cluster,
  makeDispatcher,
  registry,
}: NodeHandlerOptions): Pick<Handlers, NodeRoute> {
  return {
    listNodeConfigs: () => ({ nodes: registry.list() }),
    addNode: async ({ audit, body, signal }) => {
      audit.object(body.alias);
      noteFields(audit, {}, body);
      const entered = { url: body.url, token: body.token ?? '' };
      await refuseManager(entered, { clock, makeDispatcher, signal });
      return registry.add(body);
    },
    editNode: async ({ audit, body, params, signal }) => {
      const before = registry.list().find(({ alias }) => alias === params.alias);
      noteFields(audit, before ?? {}, body);
      if (before && before.url !== body.url) {
        const token = body.token ?? storedToken(registry, params.alias, body.url);
        await refuseManager({ url: body.url, token }, { clock, makeDispatcher, signal });
      }
      return registry.edit(params.alias, body);
    },
    removeNode: async ({ params }) => {
      await registry.remove(params.alias);
      return { removed: true };
    },
    testNode: ({ audit, body, signal }) => {
      audit.object(body.alias ?? shownUrl(body.url));
      const token = body.token ?? storedToken(registry, body.alias, body.url);
      return probeNode(
        { url: body.url, token, mode: body.mode ?? 'poll' },
        { clock, makeDispatcher, signal },
      );
    },
    getNodeHistory: ({ params }) => {
      const samples = cluster.history(params.alias);
      if (!samples) throw new AppError('not_found', `There is no node ${params.alias}.`);
      return { samples: [...samples] };
    },
  };
}

/** Which fields are other ones, with what they are now; of a token only that it is. */
function noteFields(
  audit: CallAudit,
  before: Partial<NodeConfigInput>,
  { token, ...fields }: NodeConfigInput,
): void {
  for (const [key, value] of Object.entries(fields)) {
    if (value === before[key as keyof NodeConfigInput]) continue;
    audit.detail(key, typeof value === 'string' ? shownUrl(value) : value);
  }
  if (token !== undefined) audit.detail('token', token === '' ? 'none' : 'another one');
}

/** A stored token goes only to the host it was stored for: an edited URL must not carry it elsewhere. */
function storedToken(registry: NodeRegistry, alias: string | undefined, url: string): string {
  const known = alias === undefined ? undefined : registry.findToken(alias);
  if (!known) return '';
  try {
    return new URL(normalizeNodeUrl(url)).origin === new URL(known.url).origin ? known.token : '';
  } catch {
    return '';
  }
}
