import type { IncomingMessage, ServerResponse } from 'node:http';

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const TEXT = 'text/plain; charset=utf-8';

/** One request as the handlers see it. */
export interface NodeCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** The path as it came, still percent-encoded. */
  readonly rawPath: string;
  /** The decoded parts that the route names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Aborts when the client goes away or the node ends. */
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

/** Answers a call; undefined means that it has written the response itself. */
export type Handler = (call: NodeCall) => Promise<Reply | undefined> | Reply | undefined;

/** A refusal that reaches the client as plain text. */
export class NodeError extends Error {
  override readonly name = 'NodeError';

  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

export const reply = {
  json: (value: unknown): Reply => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  }),
  text: (status: number, body: string): Reply => ({ status, headers: { 'content-type': TEXT }, body }),
  empty: (status: number): Reply => ({ status }),
};

/** Reads the whole body, at most 2 MiB. */
export async function readBody(call: NodeCall): Promise<Buffer> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of call.request) {
    sizeBytes += part.length;
    if (sizeBytes > BODY_LIMIT_BYTES) {
      throw new NodeError(413, 'Failed to buffer the request body: length limit exceeded');
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Reads a text body; bytes that are no UTF-8 are refused. */
export async function readText(call: NodeCall): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readBody(call));
  } catch (error) {
    if (error instanceof NodeError) throw error;
    throw new NodeError(400, "Request body didn't contain valid UTF-8");
  }
}

/** Reads a JSON object with the errors of the real node; `required` names fields that must be there. */
export async function readJson(
  call: NodeCall,
  required: readonly string[] = [],
): Promise<Readonly<Record<string, unknown>>> {
  const type = call.request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json' && !/^application\/.+\+json$/.test(type)) {
    throw new NodeError(415, 'Expected request with `Content-Type: application/json`');
  }
  const text = (await readBody(call)).toString('utf8');
  const value = parseJson(text);
  const missing = required.find((field) => !(field in value));
  if (missing) throw wrongShape(`missing field \`${missing}\``, text);
  return value;
}

/** The refusal for JSON that is well formed but not what the route takes. */
export function wrongShape(what: string, text = ''): NodeError {
  const message = `${what} at line 1 column ${text.length}`;
  return new NodeError(422, `Failed to deserialize the JSON body into the target type: ${message}`);
}

function parseJson(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const kind = text.trim() === '' ? 'a value' : text.trimStart().startsWith('[') ? 'a list' : 'an object';
    const where = `line 1 column ${text.length}`;
    throw new NodeError(
      400,
      `Failed to parse the request body as JSON: EOF while parsing ${kind} at ${where}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongShape('invalid type, expected a map', text);
  }
  return { ...value };
}

/** A non-negative whole number of the query string; undefined when the key is absent. */
export function queryNumber(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key);
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const why = text === '' ? 'cannot parse integer from empty string' : 'invalid digit found in string';
  throw new NodeError(400, `Failed to deserialize query string: ${key}: ${why}`);
}

/** As `queryNumber`, for keys that must be there. */
export function requiredQueryNumber(query: URLSearchParams, key: string): number {
  const value = queryNumber(query, key);
  if (value !== undefined) return value;
  throw new NodeError(400, `Failed to deserialize query string: missing field \`${key}\``);
}
