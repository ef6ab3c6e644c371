/** Why a stream does not play. `message` is for the operator. */
export interface WhepTrouble {
  readonly kind:
    | 'no-publisher'
    | 'no-room'
    | 'refused'
    | 'unreachable'
    | 'no-media'
    | 'undecodable'
    | 'lost'
    | 'failed';
  readonly message: string;
}

/** The trouble behind a refused offer: `text` is what the manager or the node said. */
export function troubleOfReply(status: number, text: string): WhepTrouble {
  const said = text.trim().slice(0, 200).replace(/\.$/, '');
  switch (status) {
    case 401:
    case 403:
      return { kind: 'refused', message: 'This login may not watch this stream.' };
    case 404:
      return { kind: 'no-publisher', message: 'Nobody publishes this stream now.' };
    case 502:
      return { kind: 'unreachable', message: said ? `${said}.` : 'The node cannot be reached.' };
    case 503:
      return { kind: 'no-room', message: said ? `${said}.` : 'No node has room for another viewer.' };
    case 504:
      return { kind: 'unreachable', message: said ? `${said}.` : 'The node did not answer in time.' };
    default:
      return { kind: 'refused', message: `The node refuses: ${said || `status ${status}`}.` };
  }
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;

/**
 * How long to wait before trial number `failures` + 1, in milliseconds: twice as long each time, up to 15 s, less up
 * to a quarter by `random` (0 to 1), so that a wall of pictures does not ask all at once.
 */
export function retryDelayMs(failures: number, random: number): number {
  const fullMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(fullMs * (1 - random / 4));
}
