import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessage } from '../../core/base/errors.ts';
import { decideAuth } from './node-auth.ts';
import { applyFault, type NodeFault, WRONG_JSON } from './node-faults.ts';
import { NodeError, type Reply, reply } from './node-http.ts';
import type { NodeParts } from './node-parts.ts';
import { allowedMethods, matchRoute, type Route } from './node-router.ts';

const VARY = 'origin, access-control-request-method, access-control-request-headers';

interface Dispatch {
  readonly parts: NodeParts;
  readonly routes: readonly Route[];
  readonly fault: NodeFault | undefined;
}

/** Answers one request. Never rejects. */
export async function dispatch(
  { parts, routes, fault }: Dispatch,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A closing node destroys its sockets, so this covers that too.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { signal } = gone;
  if (await applyFault(fault, response, parts.clock, signal)) return;
  try {
    const answer = await answerTo({ parts, routes, fault }, request, response, signal);
    if (answer && !response.headersSent) send(response, answer, fault);
  } catch (error) {
    if (response.headersSent || response.destroyed) return response.destroy() && undefined;
    const status = error instanceof NodeError ? error.status : 500;
    send(response, reply.text(status, errorMessage(error)), fault);
  }
}

async function answerTo(
  { parts, routes }: Dispatch,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<Reply | undefined> {
  const { options } = parts;
  const [rawPath = '/', search = ''] = splitOnce(request.url ?? '/', '?');
  const method = request.method ?? 'GET';
  const match = matchRoute(routes, rawPath);
  if (method === 'OPTIONS') return preflight(match?.route, options.hasCors ?? true, response);
  if (!match) return reply.text(404, options.hasWebui ? 'not found' : 'feature webui not enable');
  if (options.hasCors ?? true) {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', '*');
  }
  response.setHeader('vary', VARY);
  if (!match.route.isOpen) {
    const { authorization } = request.headers;
    const nowMs = parts.clock.nowMs();
    const decision = decideAuth(options, { method, rawPath, authorization, nowMs });
    if (decision === 'crash') return response.destroy() && undefined;
    if (decision === 'unauthorized') return reply.empty(401);
    if (decision === 'forbidden') return { status: 403, body: "Don't permission" };
  }
  const handler = match.route.methods[method === 'HEAD' ? 'GET' : method];
  if (!handler) return { status: 405, headers: { allow: allowedMethods(match.route) } };
  const query = new URLSearchParams(search);
  return handler({ request, response, method, rawPath, params: match.params, query, signal });
}

/** Every OPTIONS request is answered without a token and without reaching a route. */
function preflight(route: Route | undefined, hasCors: boolean, response: ServerResponse): Reply {
  response.setHeader('vary', VARY);
  return {
    status: 200,
    headers: {
      ...(route ? { allow: allowedMethods(route) } : {}),
      ...(hasCors
        ? {
            'access-control-allow-origin': '*',
            'access-control-allow-methods': '*',
            'access-control-allow-headers': '*',
          }
        : {}),
    },
  };
}

function send(response: ServerResponse, answer: Reply, fault: NodeFault | undefined): void {
  const isJson = answer.headers?.['content-type'] === 'application/json';
  const body = Buffer.from(fault?.kind === 'wrongJson' && isJson ? WRONG_JSON : (answer.body ?? ''));
  const length = answer.status === 204 ? {} : { 'content-length': String(body.length) };
  response.writeHead(answer.status, { ...answer.headers, ...length });
  if (fault?.kind === 'half' && body.length > 0) {
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
    return;
  }
  response.end(body);
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
