import type { NodeGeneration } from '../../../src-shared/model/node-view.ts';
import {
  type GetOptions,
  getNodeJson,
  type NodeAddress,
  type NodeFailure,
  type NodeReply,
} from './node-client.ts';
import { parseInfo } from './parse-node-json.ts';

/** What a node is and can do. */
export interface NodeIdentity {
  readonly generation: NodeGeneration;
  /** Version as it says it; null for nodes that do not say. */
  readonly version: string | null;
  readonly features: readonly string[];
}

/**
 * Finds out the generation of a node that answers, by what its routes give away.
 *
 * Returns null when a probe got no answer at all; try again later.
 */
export async function detectGeneration(node: NodeAddress, options: GetOptions): Promise<NodeIdentity | null> {
  const info = await getNodeJson(node, '/api/info', options);
  if (info.isOk) {
    const { version, features } = parseInfo(info.json);
    return { generation: 'head', version, features };
  }
  if (info.status === null && info.kind !== 'not-a-node') return null;

  const probe = await getNodeJson(node, '/api/record/__feature_probe__', options);
  if (probe.isOk) {
    const answer = (probe.json ?? {}) as { available?: boolean };
    if (typeof answer.available !== 'boolean')
      return { generation: 'daily', version: null, features: ['recorder'] };
    return { generation: 'v0.9.0', version: '0.9.0', features: answer.available ? ['recorder'] : [] };
  }
  if (probe.status === 501) return { generation: 'v0.9.0', version: '0.9.0', features: [] };
  if (probe.status === 500) return { generation: 'daily', version: null, features: [] };
  if (probe.status === null && probe.kind !== 'not-a-node') return null;

  const pull = await getNodeJson(node, '/api/segments/pull?limit=1', options);
  if (pull.isOk) return { generation: 'pull', version: null, features: [] };
  const sessions = await getNodeJson(node, '/api/records/pull?limit=1', options);
  return { generation: sessions.isOk ? 'sess' : 'push', version: null, features: [] };
}

/**
 * What is wrong with a manager that was taken for a node; null when it is none, as far as it answers.
 *
 * It lists streams as a node does, but those of its nodes: one that watches itself would count them without end.
 */
export async function whyManager(node: NodeAddress, options: GetOptions): Promise<NodeFailure | null> {
  const nodes = await getNodeJson(node, '/api/nodes/', options);
  const isManager = nodes.isOk
    ? Array.isArray(nodes.json)
    : nodes.kind === 'unauthorized' && (await isOwnKind(node, options));
  if (!isManager) return null;
  const reason = 'It is a manager, not a live777 node: it lists the streams of its own nodes.';
  return { isOk: false, kind: 'not-a-node', status: null, reason };
}

/** Whether it says of its health what this program says, which needs no token. */
async function isOwnKind(node: NodeAddress, options: GetOptions): Promise<boolean> {
  const [health, readiness] = await Promise.all(
    ['/healthz', '/readyz'].map((path) => getNodeJson(node, path, options)),
  );
  return isStatus(health, 'ok') && isStatus(readiness, 'ready');
}

function isStatus(reply: NodeReply | undefined, status: string): boolean {
  if (!reply?.isOk || typeof reply.json !== 'object' || reply.json === null) return false;
  return 'status' in reply.json && reply.json.status === status;
}
