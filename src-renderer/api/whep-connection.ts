import { api } from './client.ts';
import { parseIceServers } from './ice-links.ts';
import { troubleOfReply, type WhepTrouble } from './whep-trouble.ts';

/** A node may take 35 s to answer an offer. */
const OFFER_TIMEOUT_MS = 40_000;
const CALL_TIMEOUT_MS = 10_000;
/** Candidates found so soon after another go together. */
const TRICKLE_DELAY_MS = 150;

/** An offer that was refused, or whose answer is of no use. */
export class WhepError extends Error {
  override readonly name = 'WhepError';
  readonly trouble: WhepTrouble;

  constructor(trouble: WhepTrouble, cause?: unknown) {
    super(trouble.message, { cause });
    this.trouble = trouble;
  }
}

/**
 * Offers to play `stream` over `pc` and takes the answer. Rejects with WhepError.
 *
 * The session is hung up when `signal` ends, also when it ends before the answer is there: the offer itself is not
 * broken off, as the node would be left with a session that nobody can end.
 */
export async function connectWhep(pc: RTCPeerConnection, stream: string, signal: AbortSignal): Promise<void> {
  for (const kind of ['video', 'audio']) pc.addTransceiver(kind, { direction: 'recvonly' });
  const offer = await pc.createOffer();
  const { answer, session, iceServers } = await postOffer(stream, offer.sdp ?? '');
  const hangUp = () => void endSession(stream, session);
  if (signal.aborted) {
    hangUp();
    return;
  }
  signal.addEventListener('abort', hangUp, { once: true });
  trickle(pc, stream, session, signal);
  try {
    // The servers come with the answer, so the search for candidates starts only now.
    if (iceServers.length > 0) pc.setConfiguration({ ...pc.getConfiguration(), iceServers });
    await pc.setLocalDescription(offer);
    await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  } catch (cause) {
    if (signal.aborted) return;
    throw new WhepError(
      { kind: 'failed', message: 'The node’s answer is of no use to this browser.' },
      cause,
    );
  }
}

interface Accepted {
  readonly answer: string;
  readonly session: string;
  readonly iceServers: RTCIceServer[];
}

async function postOffer(stream: string, sdp: string): Promise<Accepted> {
  try {
    const reply = await fetch(api.url('play', { params: { stream } }), {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp' },
      body: sdp,
      credentials: 'same-origin',
      signal: AbortSignal.timeout(OFFER_TIMEOUT_MS),
    });
    const text = await reply.text();
    if (!reply.ok) throw new WhepError(troubleOfReply(reply.status, text));
    const session = sessionOf(reply.headers.get('location'));
    if (session === null) {
      throw new WhepError({ kind: 'failed', message: 'The answer names no session that could be ended.' });
    }
    return { answer: text, session, iceServers: parseIceServers(reply.headers.get('link')) };
  } catch (error) {
    if (error instanceof WhepError) throw error;
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    throw new WhepError(
      {
        kind: 'unreachable',
        message: isLate ? 'No answer within 40 s.' : 'The manager cannot be reached. Is it still running?',
      },
      error,
    );
  }
}

/** The id of the session in a `Location` such as `/session/cam1/5a0c…`; null where there is none. */
export function sessionOf(location: string | null): string | null {
  const id = /\/session\/[^/]+\/([^/?#]+)\/?(?:[?#].*)?$/.exec(location ?? '')?.[1];
  return id === undefined ? null : decodeURIComponent(id);
}

/** Hangs up, also while the page goes away. What fails is left to the node, which notices a silent viewer. */
async function endSession(stream: string, session: string): Promise<void> {
  await fetch(api.url('endSession', { params: { stream, session } }), {
    method: 'DELETE',
    credentials: 'same-origin',
    keepalive: true,
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  }).catch(() => {});
}

/** Tells the node our candidates as they are found; without them it can still answer where we ask it. */
function trickle(pc: RTCPeerConnection, stream: string, session: string, signal: AbortSignal): void {
  let found: RTCIceCandidate[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const send = (): void => {
    const fragment = fragmentOf(pc.localDescription?.sdp ?? '', found);
    found = [];
    void fetch(api.url('trickleSession', { params: { stream, session } }), {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/trickle-ice-sdpfrag' },
      body: fragment,
      credentials: 'same-origin',
      signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
    }).catch(() => {});
  };
  pc.addEventListener(
    'icecandidate',
    ({ candidate }) => {
      if (!candidate?.candidate) return;
      found.push(candidate);
      clearTimeout(timer);
      timer = setTimeout(send, TRICKLE_DELAY_MS);
    },
    { signal },
  );
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
}

type Candidate = Pick<RTCIceCandidate, 'candidate' | 'sdpMid'>;

/** Candidates as a trickle fragment (RFC 8840) of the local description `sdp`. */
export function fragmentOf(sdp: string, candidates: readonly Candidate[]): string {
  const lines = sdp.split(/\r?\n/);
  const login = ['a=ice-ufrag:', 'a=ice-pwd:'].flatMap(
    (start) => lines.find((line) => line.startsWith(start)) ?? [],
  );
  const media = sdp.split(/\r?\n(?=m=)/).slice(1);
  const sections = media.flatMap((section) => {
    const mid = /\na=mid:(\S+)/.exec(section)?.[1];
    const own = candidates.filter(({ sdpMid }) => sdpMid === mid);
    if (mid === undefined || own.length === 0) return [];
    const [head = ''] = section.split(/\r?\n/, 1);
    return [head, `a=mid:${mid}`, ...own.map(({ candidate }) => `a=${candidate}`)];
  });
  return [...login, ...sections, ''].join('\r\n');
}
