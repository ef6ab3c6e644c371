import { createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type NodeCall, NodeError, type Reply, reply } from './node-http.ts';
import type { NodeParts } from './node-parts.ts';
import { durationMs, manifestPath } from './node-recordings-index.ts';
import type { Route } from './node-router.ts';

/** What nodes of v0.9.0 and newer offer of their own recordings. */
export function playbackRoutes(parts: NodeParts): Route[] {
  return [
    {
      pattern: '/api/playback',
      methods: {
        GET: async () => {
          const rows = await playable(parts);
          return reply.json([...new Set(rows.map((row) => row.stream))].sort());
        },
      },
    },
    {
      pattern: '/api/playback/{stream}',
      methods: {
        GET: async ({ params }) => {
          const rows = (await playable(parts)).filter((row) => row.stream === params.stream);
          const sorted = rows.sort((a, b) => (a.record < b.record ? -1 : 1));
          return reply.json(
            sorted.map((row) => ({
              record: row.record,
              mpd_path: manifestPath(row),
              duration_ms: durationMs(row),
            })),
          );
        },
      },
    },
    { pattern: '/api/record/object/{*path}', methods: { GET: (call) => sendObject(parts, call) } },
  ];
}

/** Rows whose manifest is there. A node without a storage folder has media of nothing. */
async function playable({ index, options }: NodeParts) {
  const root = options.storageRoot;
  if (root === undefined) return [];
  const isThere = (path: string) =>
    access(join(root, path)).then(
      () => true,
      () => false,
    );
  const rows = index.all();
  const found = await Promise.all(rows.map((row) => isThere(manifestPath(row))));
  return rows.filter((_, i) => found[i]);
}

/** Whole files only: no ranges, no caching headers, a missing file is a 500. */
async function sendObject({ options }: NodeParts, call: NodeCall): Promise<Reply | undefined> {
  const path = call.params.path!;
  if (options.storageRoot === undefined) throw new NodeError(503, 'storage not configured');
  const file = join(options.storageRoot, path);
  // The real node would serve these; a fake one on somebody's machine should not.
  const isOutside = normalize(path).startsWith('..');
  const found = isOutside ? undefined : await stat(file).catch(() => undefined);
  if (!found?.isFile()) {
    const context = `context: { service: fs, path: ${path}, range: 0- }`;
    const source = 'source: No such file or directory (os error 2)';
    throw new NodeError(500, `NotFound (permanent) at read, ${context} => entity not found, ${source}`);
  }
  const headers = { 'content-type': typeOf(path), 'content-length': String(found.size) };
  if (call.method === 'HEAD') {
    call.response.writeHead(200, { ...headers, connection: 'close' }).end();
    return undefined;
  }
  call.response.writeHead(200, headers);
  // A client that goes away in mid file is its own business.
  await pipeline(createReadStream(file), call.response, { signal: call.signal }).catch(() => {});
  return undefined;
}

function typeOf(path: string): string {
  if (path.endsWith('.mpd')) return 'application/dash+xml';
  if (!/\.(m4s|mp4)$/.test(path)) return 'application/octet-stream';
  return path.includes('audio_') ? 'audio/mp4' : 'video/mp4';
}
