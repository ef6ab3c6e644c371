import { AppError } from '../base/errors.ts';

/** Makes room for viewers by relaying a stream to another node. */
export interface CascadePlanner {
  /**
   * Sees to it that a node outside `excluding` carries the stream, and answers with its alias once media arrive
   * there. Called by many viewers at once; they share one relay.
   *
   * Throws `no_available_node` when there is none to relay to, `node_unreachable` or `node_timeout` when the relay
   * does not come about. The caller still counts the viewers it sends there and may find the node full.
   */
  ensureRelay(
    stream: string,
    options: { readonly excluding: readonly string[]; readonly signal: AbortSignal },
  ): Promise<string>;
  /**
   * Ends the relays of the stream from a node whose publisher is about to be ended: what they leave would be taken for
   * the stream. Waits some seconds at most; never throws.
   */
  endFrom?(stream: string, alias: string): Promise<void>;
}

/** The planner of a manager that does not relay. */
export const noCascade: CascadePlanner = {
  ensureRelay: async (stream) => {
    throw new AppError(
      'no_available_node',
      `no available node: every node that has the stream ${JSON.stringify(stream)} is full, and it is not relayed. ` +
        'Raise each_stream_max_sub of a node.',
    );
  },
};
