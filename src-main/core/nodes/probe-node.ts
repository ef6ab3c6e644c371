import { request } from 'undici';
import type { NodeMode, NodeTestOutcome, NodeTestResult } from '../../../src-shared/model/node-config.ts';
import { timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { directDispatcher, type MakeDispatcher } from '../base/outgoing.ts';
import { normalizeNodeUrl } from './check-node-input.ts';
import { type ClockOffset, narrowClockOffset, offsetEstimateMs } from './clock-offset.ts';
import { detectGeneration, whyManager } from './generation.ts';
import {
  callFailure,
  type GetOptions,
  getNodeJson,
  type NodeAddress,
  type NodeFailure,
  nodeHeaders,
  statusFailure,
} from './node-client.ts';
import { parseStreams } from './parse-node-json.ts';

export interface ProbeOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  /** How others are reached; without it directly. */
  readonly makeDispatcher?: MakeDispatcher | undefined;
}

const PROBE_TIMEOUT_MS = 5000;
/** Who adds a node that is off does not wait longer. */
const REFUSAL_TIMEOUT_MS = 2000;

const REMEDIES: Record<Exclude<NodeTestOutcome, 'ok'>, string> = {
  'invalid-url': 'Correct the URL.',
  refused: 'Start the node, or correct host and port; the default port is 7777.',
  timeout: 'Check that the host is on and that no firewall stands in between.',
  dns: 'Correct the host name, or use the IP address.',
  tls: 'Use http:// if the node has no certificate; else let it show one that this computer trusts.',
  unauthorized: 'Enter one of the tokens of the node: auth.tokens in its live777.toml.',
  'not-a-node': 'Give the base URL of the node itself, without a path of its pages.',
  failed: 'Look into the log of the node. If it takes only TLS, enter its URL with https://.',
};

const NOTHING = {
  generation: null,
  version: null,
  latencyMs: null,
  clockOffsetMs: null,
  clockUncertaintyMs: null,
  streamCount: null,
};

/** Tries to reach a node as entered, on a connection of its own, and tells in words what came of it. */
export async function probeNode(
  entered: { readonly url: string; readonly token: string; readonly mode: NodeMode },
  options: ProbeOptions,
): Promise<NodeTestResult> {
  let url: string;
  try {
    url = normalizeNodeUrl(entered.url);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...NOTHING, outcome: 'invalid-url', message: error.message, remedy: null, url: null };
  }
  const timeoutMs = options.timeoutMs ?? PROBE_TIMEOUT_MS;
  const { makeDispatcher = directDispatcher } = options;
  const dispatcher = makeDispatcher({ connectTimeoutMs: timeoutMs });
  try {
    const node = { alias: '', url, token: entered.token };
    return await probe(node, entered.mode, { ...options, timeoutMs, dispatcher });
  } finally {
    await dispatcher.destroy();
  }
}

/**
 * Throws `bad_request` when a manager answers at the URL of what is to be a node. One that does not answer soon is
 * taken: it may be a node that is off.
 */
export async function refuseManager(
  entered: { readonly url: string; readonly token: string },
  options: ProbeOptions,
): Promise<void> {
  const url = normalizeNodeUrl(entered.url);
  const { makeDispatcher = directDispatcher } = options;
  const dispatcher = makeDispatcher({ connectTimeoutMs: REFUSAL_TIMEOUT_MS });
  try {
    const node = { alias: '', url, token: entered.token };
    const manager = await whyManager(node, { ...options, timeoutMs: REFUSAL_TIMEOUT_MS, dispatcher });
    if (!manager) return;
    const message = `${url} cannot be added as a node. ${manager.reason} ${REMEDIES['not-a-node']}`;
    throw new AppError('bad_request', message, { details: { field: 'url' } });
  } finally {
    await dispatcher.destroy();
  }
}

async function probe(node: NodeAddress, mode: NodeMode, options: GetOptions): Promise<NodeTestResult> {
  const first = await getNodeJson(node, '/api/streams/', options);
  if (!first.isOk) return failed(node.url, first);
  let streamCount: number;
  try {
    streamCount = parseStreams(first.json).length;
  } catch (error) {
    return failed(node.url, callFailure(error, options.timeoutMs));
  }
  const manager = await whyManager(node, options);
  if (manager) return failed(node.url, manager);
  const feedFailure = mode === 'sse' ? await checkFeed(node, options) : null;
  if (feedFailure) {
    const result = failed(node.url, feedFailure);
    return { ...result, message: `Asking works, but its events do not come. ${result.message}` };
  }
  const identity = await detectGeneration(node, options).catch(() => {
    options.signal.throwIfAborted();
    return null;
  });
  // The first answer paid for the connection; this one shows what polling will see.
  const second = await getNodeJson(node, '/api/streams/', options);
  if (!second.isOk) return failed(node.url, second);
  const offset = [first, second].reduce<ClockOffset | null>(
    (known, { dateMs, roundTripMs, sentAtMs }) =>
      dateMs === null ? known : narrowClockOffset(known, { dateMs, roundTripMs, sentAtMs }),
    null,
  );
  return {
    outcome: 'ok',
    message: 'The node answers.',
    remedy: null,
    url: node.url,
    generation: identity?.generation ?? null,
    version: identity?.version ?? null,
    latencyMs: Math.round(second.roundTripMs * 10) / 10,
    clockOffsetMs: offset ? offsetEstimateMs(offset) : null,
    clockUncertaintyMs: offset ? Math.round((offset.maxMs - offset.minMs) / 2) : null,
    streamCount,
  };
}

/** Whether the node opens an event stream; its first event may take long with older nodes and is not waited for. */
async function checkFeed(node: NodeAddress, options: GetOptions): Promise<NodeFailure | null> {
  const done = new AbortController();
  const { release, signal } = timeLimit(options.timeoutMs, options.signal, done.signal);
  try {
    const { body, headers, statusCode } = await request(`${node.url}/api/sse/streams`, {
      dispatcher: options.dispatcher,
      signal,
      headers: { ...nodeHeaders(node), accept: 'text/event-stream' },
    });
    body.on('error', () => {});
    done.abort();
    if (statusCode !== 200) return statusFailure(statusCode);
    const isEvents = String(headers['content-type'] ?? '').startsWith('text/event-stream');
    return isEvents ? null : callFailure(new TypeError('expected an event stream'), options.timeoutMs);
  } catch (error) {
    options.signal.throwIfAborted();
    return callFailure(error, options.timeoutMs);
  } finally {
    release();
  }
}

function failed(url: string, failure: NodeFailure): NodeTestResult {
  const outcome = outcomeOf(failure);
  // What to do is said by the remedy; the reason of a refused token has its own for nodes that are stored.
  const message =
    outcome === 'unauthorized' ? `The node refuses the token (${failure.status}).` : failure.reason;
  return { ...NOTHING, outcome, message, remedy: REMEDIES[outcome], url };
}

function outcomeOf({ kind }: NodeFailure): Exclude<NodeTestOutcome, 'ok'> {
  return kind === 'unreachable' || kind === 'status' ? 'failed' : kind;
}
