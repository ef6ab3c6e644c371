import type { NodeAnswer } from '../../../src-shared/contract/routing-routes.ts';
import type { Session } from '../../../src-shared/model/node-json.ts';
import { AppError } from '../base/errors.ts';
import type { NodeAddress } from '../nodes/node-client.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import { parseStream } from '../nodes/parse-node-json.ts';
import { describeCandidates } from './candidates.ts';
import type { CascadePlanner } from './cascade-planner.ts';
import type { NodeProxy } from './node-proxy.ts';
import type { RoutingLimits } from './offer-router.ts';
import type { PendingSessions } from './pending-sessions.ts';
import { choosePublishNode } from './placement.ts';
import { sessionPath } from './session-location.ts';
import type { SessionKind, SessionRoutes } from './session-routes.ts';
import type { SharedPlaces } from './shared-places.ts';
import type { StreamFinder } from './stream-finder.ts';

export interface StreamControlOptions {
  readonly readSnapshots: () => readonly NodeSnapshot[];
  readonly proxy: NodeProxy;
  readonly pending: PendingSessions;
  readonly places: SharedPlaces;
  readonly finder: StreamFinder;
  readonly planner: CascadePlanner;
  readonly sessions: SessionRoutes;
  readonly limits: RoutingLimits;
}

const MAX_TEXT_BYTES = 64 * 1024;
const MAX_STREAM_BYTES = 4 * 1024 * 1024;

/** Makes and deletes streams and ends sessions, and reports what nodes really answered. */
export class StreamControl {
  readonly #listeners = new Set<(stream: string) => void>();

  constructor(private readonly options: StreamControlOptions) {}

  /** Calls `listener` with each stream that is to be deleted, or whose publisher is to be ended, before nodes are told. */
  onDidEnd(listener: (stream: string) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Makes an empty stream on the node that suits best (of `only`, if it is not empty).
   *
   * Throws `conflict` when a node has it already and `no_available_node` when there is none to take it.
   */
  async create(stream: string, only: readonly string[], signal: AbortSignal): Promise<NodeAnswer> {
    const { finder, pending, places, readSnapshots } = this.options;
    // One that a node got since it was polled last counts too.
    await finder.find(stream, signal);
    const choose = () => {
      const candidates = describeCandidates(readSnapshots(), stream, pending);
      const isThere = candidates.some((node) => node.isUsable && node.held);
      // An order makes the stream even where publishers may not.
      const open = candidates.map((node) => ({ ...node, makesStreams: true, held: null }));
      return { isThere, alias: isThere ? null : choosePublishNode(open, only) };
    };
    const { choice, place } = await places.take('publish', stream, choose, ({ alias }) => alias);
    try {
      if (choice.isThere) throw new AppError('conflict', 'resource already exists');
      if (choice.alias === null) throw new AppError('no_available_node', 'no available node');
      return await this.createOn(choice.alias, stream, signal);
    } finally {
      place?.release();
    }
  }

  /** Makes an empty stream on this node. Throws `not_found` when there is no such node. */
  async createOn(alias: string, stream: string, signal: AbortSignal): Promise<NodeAnswer> {
    const answer = await this.#order(this.#node(alias), 'POST', streamPath(stream), signal);
    if (answer.isDone) await this.options.finder.refresh(alias, stream, signal);
    return answer;
  }

  /**
   * Deletes a stream on every node that has it (of `only`, if it is not empty), one that does not answer included.
   * A node that has it no more counts as done. Throws `stream_not_found` when no node has it.
   */
  async delete(stream: string, only: readonly string[], signal: AbortSignal): Promise<NodeAnswer[]> {
    const { finder, pending, readSnapshots } = this.options;
    await finder.findAll(stream, signal);
    const holders = readSnapshots().filter(
      ({ node, streams }) =>
        (only.length === 0 || only.includes(node.alias)) &&
        (streams.some((candidate) => candidate.id === stream) ||
          pending.count(node.alias, stream, streams).publish > 0),
    );
    if (holders.length === 0) throw new AppError('stream_not_found', 'resource not exists');
    this.#tellEnd(stream);
    await Promise.all(holders.map(({ node }) => this.options.planner.endFrom?.(stream, node.alias)));
    return Promise.all(
      holders.map(async ({ node }) => {
        const answer = await this.#order(node, 'DELETE', streamPath(stream), signal);
        const isDone = answer.isDone || answer.status === 404;
        if (isDone) await finder.refresh(node.alias, stream, signal);
        return { ...answer, isDone };
      }),
    );
  }

  /**
   * Ends a session on a node. Throws `not_found` when the node or the session on it is not there: nodes themselves
   * answer the same for sessions that never were.
   */
  async kick(alias: string, stream: string, session: string, signal: AbortSignal): Promise<NodeAnswer> {
    const node = this.#node(alias);
    const kind = await this.#demandSession(node, stream, session, signal);
    if (kind === 'publish') {
      this.#tellEnd(stream);
      await this.options.planner.endFrom?.(stream, alias);
    }
    const answer = await this.#order(node, 'DELETE', sessionPath(stream, session), signal);
    if (!answer.isDone) return answer;
    this.options.sessions.forget(stream, session);
    await this.options.finder.refresh(alias, stream, signal);
    return answer;
  }

  /** A session is about to be ended by who made it: where it is the publisher, its relays end first. */
  async endRelaysOf(alias: string, stream: string, session: string): Promise<void> {
    const snapshot = this.options.readSnapshots().find(({ node }) => node.alias === alias);
    const copy = snapshot?.streams.find(({ id }) => id === stream);
    const isPublisher = copy?.publish.sessions.some(({ id }) => id === session) ?? false;
    if (isPublisher) await this.options.planner.endFrom?.(stream, alias);
  }

  async #demandSession(
    node: NodeAddress,
    stream: string,
    session: string,
    signal: AbortSignal,
  ): Promise<SessionKind> {
    const call = {
      method: 'GET',
      path: streamPath(stream),
      timeoutMs: this.options.limits.sessionMs,
      signal,
    } as const;
    const reply = await this.options.proxy.call(node, call);
    const text = await reply.text(MAX_STREAM_BYTES);
    const kind = reply.status === 200 ? listedKind(text, session) : null;
    if (kind) return kind;
    throw new AppError(
      'not_found',
      `Node ${node.alias} has no session ${session} of ${JSON.stringify(stream)}.`,
    );
  }

  #tellEnd(stream: string): void {
    for (const listener of this.#listeners) listener(stream);
  }

  async #order(
    node: NodeAddress,
    method: 'POST' | 'DELETE',
    path: string,
    signal: AbortSignal,
  ): Promise<NodeAnswer> {
    const { alias } = node;
    try {
      const reply = await this.options.proxy.call(node, {
        method,
        path,
        timeoutMs: this.options.limits.sessionMs,
        signal,
      });
      const isDone = reply.status >= 200 && reply.status < 300;
      const text = await reply.text(MAX_TEXT_BYTES);
      return {
        alias,
        isDone,
        status: reply.status,
        message: text.trim() || (isDone ? 'Done.' : 'No reason given.'),
      };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { alias, isDone: false, status: null, message: error.message };
    }
  }

  #node(alias: string): NodeAddress {
    const found = this.options.readSnapshots().find(({ node }) => node.alias === alias);
    if (found) return found.node;
    throw new AppError('not_found', `There is no node called ${JSON.stringify(alias)}.`);
  }
}

/** Throws what upstream's form says of answers: nothing where all is well, else the first failure in words. */
export function demandDone(answers: readonly NodeAnswer[]): void {
  const failed = answers.filter((answer) => !answer.isDone);
  const [first] = failed;
  if (!first) return;
  const code = failed.some((answer) => answer.status === 409) ? 'conflict' : 'node_unreachable';
  const words = failed.map(({ alias, message, status }) =>
    status === null ? message : `Node ${alias} answers ${status}: ${message}`,
  );
  throw new AppError(code, words.join('\n'), { details: { nodes: answers } });
}

function streamPath(stream: string): string {
  return `/api/streams/${encodeURIComponent(stream)}`;
}

function listedKind(text: string, session: string): SessionKind | null {
  try {
    const { publish, subscribe } = parseStream(JSON.parse(text));
    const isIt = ({ id, state }: Session) => id === session && state !== 'closed';
    if (publish.sessions.some(isIt)) return 'publish';
    return subscribe.sessions.some(isIt) ? 'play' : null;
  } catch {
    return null;
  }
}
