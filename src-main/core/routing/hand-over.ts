import type { ErrorCode } from '../../../src-shared/contract/error-codes.ts';
import { AppError } from '../base/errors.ts';
import { NodeCallError } from './node-proxy.ts';
import type { OfferReply } from './offer-router.ts';
import type { Candidate } from './placement.ts';

/** A client waits for so many nodes that cannot be reached, and no more. */
const MAX_FAILED = 3;

/** The way of one offer from node to node: past those that certainly did not take it, never past one that may have. */
export class HandOver {
  readonly #failed = new Map<string, () => OfferReply>();

  /** Nodes that did not take the offer. */
  get failed(): Iterable<string> {
    return this.#failed.keys();
  }

  get hasFailed(): boolean {
    return this.#failed.size > 0;
  }

  /** The candidates, those that failed no longer usable. */
  without(candidates: readonly Candidate[]): Candidate[] {
    return candidates.map((node) => (this.#failed.has(node.alias) ? { ...node, isUsable: false } : node));
  }

  /**
   * The reply of the node, or null when another one may be asked instead. Throws what `call` throws where that is
   * not so, or where too many have failed.
   */
  async try(
    alias: string,
    call: () => Promise<OfferReply>,
    isRefusal: (reply: OfferReply) => boolean = () => false,
  ): Promise<OfferReply | null> {
    try {
      const reply = await call();
      if (!isRefusal(reply)) return reply;
      this.#failed.set(alias, () => reply);
      return this.#failed.size < MAX_FAILED ? null : reply;
    } catch (error) {
      if (!(error instanceof NodeCallError && error.isUntouched)) throw error;
      this.#failed.set(alias, () => {
        throw error;
      });
      if (this.#failed.size >= MAX_FAILED) throw error;
      return null;
    }
  }

  /** What to answer when no node is left: what the last one said, or that there was none. */
  giveUp(code: ErrorCode, message: string): OfferReply {
    const last = [...this.#failed.values()].at(-1);
    if (last) return last();
    throw new AppError(code, message);
  }
}
