import http from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { toCoreHeaders, toPageHeaders } from './forwarded-headers.ts';
import { toWebStream } from './window-files.ts';

export interface CoreEndpoint {
  /** Where the core listens, such as `http://127.0.0.1:8888`. */
  readonly origin: string;
  /** The credential made at this start; it stays in this process. */
  readonly secret: string;
  /** How long the core may take to begin its answer; a WHIP request waits for a node meanwhile. */
  readonly answerTimeoutMs?: number;
}

const DEFAULT_ANSWER_TIMEOUT_MS = 120_000;
const BODYLESS_STATUS = new Set([204, 205, 304]);

/**
 * Sends a request of the window to the core and streams both bodies with back-pressure.
 *
 * Path and query go through as Chromium wrote them. Ending the page's request (its signal, or giving up the answer's
 * body) ends the core's. A core that cannot be reached looks like a failed network to the page.
 */
export async function forwardToCore(request: Request, core: CoreEndpoint): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = toCoreHeaders(request.headers, core.secret);
  const outgoing = http.request(core.origin, {
    path: pathname + search,
    method: request.method,
    headers,
    // Not in a pool: a live event stream holds its connection, and loopback ones cost nothing.
    agent: false,
  });
  const abort = () => outgoing.destroy(new Error('The window gave the request up'));
  request.signal.addEventListener('abort', abort, { once: true });
  if (request.signal.aborted) abort();
  try {
    const answered = answerOf(outgoing, core.answerTimeoutMs ?? DEFAULT_ANSWER_TIMEOUT_MS);
    sendBody(request, outgoing);
    const answer = await answered;
    answer.once('close', () => request.signal.removeEventListener('abort', abort));
    return toResponse(answer, request.method, core.origin);
  } catch {
    request.signal.removeEventListener('abort', abort);
    outgoing.destroy();
    return Response.error();
  }
}

function answerOf(outgoing: http.ClientRequest, timeoutMs: number): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => outgoing.destroy(new Error('The core did not answer in time')), timeoutMs);
    outgoing.once('response', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    // Stays: an error after the answer has begun reaches the reader of its body.
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

function sendBody(request: Request, outgoing: http.ClientRequest): void {
  if (!request.body) {
    outgoing.end();
    return;
  }
  const body = Readable.fromWeb(request.body as unknown as ReadableStream);
  body.on('error', (error) => outgoing.destroy(error));
  outgoing.on('close', () => body.destroy());
  body.pipe(outgoing);
}

function toResponse(answer: http.IncomingMessage, method: string, coreOrigin: string): Response {
  const status = answer.statusCode ?? 502;
  const headers = toPageHeaders(answer.rawHeaders, coreOrigin);
  if (method === 'HEAD' || BODYLESS_STATUS.has(status)) {
    answer.resume();
    return new Response(null, { status, statusText: answer.statusMessage, headers });
  }
  return new Response(toWebStream(answer), { status, statusText: answer.statusMessage, headers });
}
