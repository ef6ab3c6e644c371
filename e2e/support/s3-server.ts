import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { refuseSignature, type S3Refusal } from './sigv4-check.ts';
import { startFauxqs } from './start-fauxqs.ts';

/** What goes wrong with one request. */
export type S3Fault =
  | { readonly kind: 'status'; readonly status: number; readonly code: string }
  /** The connection ends before an answer. */
  | { readonly kind: 'reset' }
  /** The connection ends after so many bytes of the body. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** The answer comes late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The answer does not come. */
  | { readonly kind: 'hang' }
  /** No more of the body comes after so many bytes. */
  | { readonly kind: 'stall'; readonly afterBytes: number };

/** An S3 service that checks signatures as AWS does, with faults on demand. */
export interface S3Server {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly bucket: string;
  readonly region: string;
  readonly keyId: string;
  /** May be changed, as keys are rotated. */
  secret: string;
  /** A key that is good but may do nothing. */
  readonly powerlessKeyId: string;
  /** Method and path of each request so far. */
  readonly requests: string[];
  /** Asked for each request; undefined lets it through. */
  fault: (method: string, path: string) => S3Fault | undefined;
  /** How far the service's clock is ahead of ours. */
  clockAheadMs: number;
  close(): Promise<void>;
}

export async function startS3Server(): Promise<S3Server> {
  const storage = await startFauxqs();
  const bucket = 'recordings';
  storage.createBucket(bucket);
  const [keyId, powerlessKeyId, secret] = ['LIVEMANTESTKEY', 'POWERLESSKEY', 'a secret of this test'];
  const state: S3Server = {
    url: '',
    bucket,
    region: 'eu-test-1',
    keyId,
    secret,
    powerlessKeyId,
    requests: [],
    fault: () => undefined,
    clockAheadMs: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await storage.stop();
    },
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    state.requests.push(`${request.method} ${path}`);
    const nowMs = Date.now() + state.clockAheadMs;
    const keys = { [keyId]: state.secret, [powerlessKeyId]: state.secret };
    const refusal =
      refuseSignature(request, { keys, region: state.region, nowMs }) ?? refuseKey(request, powerlessKeyId);
    const fault = state.fault(request.method ?? '', path);
    if (fault?.kind === 'reset') request.socket.resetAndDestroy();
    else if (fault?.kind === 'status') refuse(request, response, fault);
    else if (refusal) refuse(request, response, refusal);
    else if (fault?.kind === 'delay') {
      setTimeout(() => forward(request, response, storage.port, undefined), fault.ms);
    } else if (fault?.kind !== 'hang') forward(request, response, storage.port, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function refuseKey(request: IncomingMessage, powerlessKeyId: string): S3Refusal | null {
  const isPowerless = `${request.headers.authorization}${request.url}`.includes(powerlessKeyId);
  return isPowerless ? { status: 403, code: 'AccessDenied' } : null;
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code, extra = '' }: S3Refusal,
): void {
  request.resume();
  response.writeHead(status, { 'content-type': 'application/xml' });
  // HEAD is answered without a body, as by AWS.
  const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>refused</Message>${extra}</Error>`;
  response.end(request.method === 'HEAD' ? undefined : text);
}

function forward(
  request: IncomingMessage,
  response: ServerResponse,
  port: number,
  fault: S3Fault | undefined,
): void {
  const options = {
    host: '127.0.0.1',
    port,
    method: request.method,
    path: request.url,
    headers: request.headers,
  };
  const onward = httpRequest(options, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    if (fault?.kind === 'truncate' || fault?.kind === 'stall') return void cut(answer, response, fault);
    pipeline(answer, response, () => {});
  });
  onward.on('error', () => response.destroy());
  pipeline(request, onward, () => {});
}

async function cut(
  answer: IncomingMessage,
  response: ServerResponse,
  { afterBytes, kind }: Extract<S3Fault, { afterBytes: number }>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const bytes = Buffer.concat(chunks).subarray(0, afterBytes);
  response.write(bytes, () => {
    if (kind === 'truncate') response.destroy();
  });
}
