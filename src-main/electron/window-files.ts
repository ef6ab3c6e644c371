import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { WINDOW_POLICY } from '../../src-shared/contract/window-policy.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/**
 * The file a path of the window's URL names, or undefined when it is malformed or leads out of `rendererDir`.
 *
 * `pathname` is still percent-encoded; `/` is index.html. Whether the file exists is not asked here.
 */
export function resolveWindowFile(rendererDir: string, pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (!decoded.startsWith('/') || /[\0\\]/.test(decoded)) return undefined;
  const name = decoded === '/' ? 'index.html' : decoded.slice(1);
  const root = path.resolve(rendererDir);
  const file = path.resolve(root, name);
  return file.startsWith(root + path.sep) ? file : undefined;
}

/** Answers a GET or HEAD for a file of the window; 404 for everything that is not a file inside `rendererDir`. */
export async function serveWindowFile(rendererDir: string, method: string, url: string): Promise<Response> {
  const file = resolveWindowFile(rendererDir, new URL(url).pathname);
  const type = file && CONTENT_TYPES[path.extname(file)];
  const sizeBytes = file && type ? await sizeInside(rendererDir, file) : undefined;
  if (!file || !type || sizeBytes === undefined) {
    return new Response('not found', {
      status: 404,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  }
  const headers = {
    'content-type': type,
    'content-length': String(sizeBytes),
    'content-security-policy': WINDOW_POLICY,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
  };
  if (method === 'HEAD') return new Response(null, { headers });
  return new Response(toWebStream(createReadStream(file)), { headers });
}

/** Node and the DOM each declare the one web stream; this is where the two declarations meet. */
export function toWebStream(stream: Readable): BodyInit {
  const web: ReadableStream = Readable.toWeb(stream);
  return web as unknown as BodyInit;
}

/** The size of a regular file whose true place is inside the folder, so that no link leads out of it. */
async function sizeInside(rendererDir: string, file: string): Promise<number | undefined> {
  try {
    const [root, real] = await Promise.all([realpath(rendererDir), realpath(file)]);
    const info = await stat(real);
    return real.startsWith(root + path.sep) && info.isFile() ? info.size : undefined;
  } catch {
    return undefined;
  }
}
