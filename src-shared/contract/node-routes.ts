import { Type } from 'typebox';
import {
  NodeConfig,
  NodeConfigInput,
  NodeSample,
  NodeTestRequest,
  NodeTestResult,
} from '../model/node-config.ts';
import { defineRoutes } from './route.ts';

const AliasParams = Type.Object({ alias: Type.String() });

/** Which nodes there are: those of liveman.toml to read, those added in the window to change. */
export const nodeRoutes = defineRoutes({
  listNodeConfigs: {
    method: 'GET',
    path: '/api/node-configs',
    access: 'admin',
    summary: 'Nodes as declared, sorted by alias, without their tokens.',
    form: 'ours',
    reply: Type.Object({ nodes: Type.Array(NodeConfig) }),
    errors: [],
  },
  addNode: {
    method: 'POST',
    path: '/api/node-configs',
    access: 'admin',
    audit: 'add node',
    summary: 'Adds a node and begins to watch it at once.',
    form: 'ours',
    body: NodeConfigInput,
    reply: NodeConfig,
    errors: [
      'bad_request',
      'unprocessable',
      'conflict',
      'database_unavailable',
      'secrets_locked',
      'secrets_unavailable',
    ],
  },
  editNode: {
    method: 'PUT',
    path: '/api/node-configs/{alias}',
    access: 'admin',
    audit: 'edit node',
    summary: 'Changes a node that was added here; an absent token stays as it was. The alias may change.',
    form: 'ours',
    params: AliasParams,
    body: NodeConfigInput,
    reply: NodeConfig,
    errors: [
      'bad_request',
      'unprocessable',
      'not_found',
      'conflict',
      'database_unavailable',
      'secrets_locked',
      'secrets_unavailable',
    ],
  },
  removeNode: {
    method: 'DELETE',
    path: '/api/node-configs/{alias}',
    access: 'admin',
    audit: 'remove node',
    summary: 'Removes a node that was added here, and its token. The node itself goes on.',
    form: 'ours',
    params: AliasParams,
    reply: Type.Object({ removed: Type.Boolean() }),
    errors: ['not_found', 'conflict', 'database_unavailable'],
  },
  testNode: {
    method: 'POST',
    path: '/api/node-configs/test',
    access: 'admin',
    audit: 'test node',
    summary: 'Tries to reach a node and says what came of it; nothing is stored.',
    form: 'ours',
    body: NodeTestRequest,
    reply: NodeTestResult,
    errors: ['unprocessable'],
  },
  getNodeHistory: {
    method: 'GET',
    path: '/api/nodes/{alias}/history',
    access: 'observe',
    summary: 'Latency and load of a node, up to 60 samples, oldest first; kept in memory.',
    form: 'ours',
    params: AliasParams,
    reply: Type.Object({ samples: Type.Array(NodeSample) }),
    errors: ['not_found'],
  },
});
