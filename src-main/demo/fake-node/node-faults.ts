import type { ServerResponse } from 'node:http';
import type { Clock } from '../../core/base/clock.ts';

/** A way in which a node can fail; it holds until another one or none is set. */
export type NodeFault =
  /** Nobody listens on the port. */
  | { readonly kind: 'refuse' }
  /** Requests are accepted and never answered. */
  | { readonly kind: 'hang' }
  /** Every answer is late. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'status500' }
  /** The connection ends in the middle of the body. */
  | { readonly kind: 'half' }
  /** JSON answers have another shape than promised. */
  | { readonly kind: 'wrongJson' }
  | { readonly kind: 'unauthorized' };

export const WRONG_JSON = '{"unexpected":"shape"}';

/**
 * Applies what a fault does before the request is looked at. Answers whether the request is done with.
 * `half` and `wrongJson` change the answer instead, and `refuse` never gets a request.
 */
export async function applyFault(
  fault: NodeFault | undefined,
  response: ServerResponse,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  switch (fault?.kind) {
    case 'hang':
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return true;
    case 'slow':
      await clock.sleep(fault.delayMs, signal);
      return signal.aborted;
    case 'status500':
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end('boom');
      return true;
    case 'unauthorized':
      response.writeHead(401, { 'content-length': '0' }).end();
      return true;
    default:
      return false;
  }
}
