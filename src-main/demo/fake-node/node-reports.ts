import { queryNumber, reply } from './node-http.ts';
import type { NodeParts } from './node-parts.ts';
import type { Route } from './node-router.ts';

const KEPT_PER_STREAM = 1000;
const DEFAULT_LIMIT = 100;

/** A finished video segment as old nodes know it: microseconds of media time, from 0 in each recording. */
export interface OldSegment {
  readonly startUs: number;
  readonly endUs: number;
  readonly path: string;
  readonly isKeyFrame: boolean;
}

/** How nodes of the push and pull generations tell the manager of their segments. */
export class SegmentReports {
  /** By stream, then by start: a new recording replaces rows of the one before. */
  readonly #kept = new Map<string, Map<number, OldSegment>>();

  constructor(readonly parts: NodeParts) {}

  /** A segment is finished: push reports it (resolves when that is over), pull keeps it, others do nothing. */
  async add(stream: string, segment: OldSegment): Promise<void> {
    const { generation } = this.parts.options;
    if (generation === 'push') await this.#report(stream, segment);
    if (generation === 'pull') this.#keep(stream, segment);
  }

  /** `/api/segments/pull`, which asks for no token. */
  pullRoute(): Route {
    return {
      pattern: '/api/segments/pull',
      isOpen: true,
      methods: {
        GET: ({ query }) => {
          const stream = query.get('stream') ?? '';
          const sinceUs = queryNumber(query, 'since_ts') ?? 0;
          const limit = queryNumber(query, 'limit') ?? DEFAULT_LIMIT;
          const found = this.#find(stream)
            .filter((segment) => segment.startUs >= sinceUs)
            .sort((a, b) => a.startUs - b.startUs);
          const segments = found.slice(0, limit);
          return reply.json({
            node_alias: this.parts.options.alias ?? 'unknown',
            stream,
            segments: segments.map(segmentJson),
            // Computed before the cut, as the real node does.
            last_ts: found.at(-1)?.startUs ?? null,
            total_count: segments.length,
            has_more: segments.length === limit,
          });
        },
      },
    };
  }

  #find(stream: string): OldSegment[] {
    const streams = stream === '' ? [...this.#kept.values()] : [this.#kept.get(stream) ?? new Map()];
    return streams.flatMap((segments) => [...segments.values()]);
  }

  #keep(stream: string, segment: OldSegment): void {
    const segments = this.#kept.get(stream) ?? new Map<number, OldSegment>();
    this.#kept.set(stream, segments);
    segments.delete(segment.startUs);
    segments.set(segment.startUs, segment);
    const oldest = segments.keys().next().value;
    if (segments.size > KEPT_PER_STREAM && oldest !== undefined) segments.delete(oldest);
  }

  /** One request per segment, never with a token; after the last attempt the report is lost. */
  async #report(stream: string, segment: OldSegment): Promise<void> {
    const { options, clock, closed } = this.parts;
    if (!options.report) return;
    const { url, retryAttempts = 3, timeoutMs = 10_000 } = options.report;
    const body = JSON.stringify({
      node_alias: options.alias ?? 'unknown',
      stream,
      segments: [segmentJson(segment)],
    });
    for (let attempt = 0; attempt <= retryAttempts && !closed.aborted; attempt++) {
      if (attempt > 0) await clock.sleep(Math.min(8000, 1000 * 2 ** attempt), closed);
      const isAccepted = await fetch(`${url}/api/segments/report`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.any([closed, AbortSignal.timeout(timeoutMs)]),
      }).then(
        async (response) => {
          await response.body?.cancel();
          return response.ok;
        },
        () => false,
      );
      if (isAccepted) return;
    }
  }
}

function segmentJson(segment: OldSegment): object {
  return {
    start_ts: segment.startUs,
    end_ts: segment.endUs,
    duration_ms: Math.floor((segment.endUs - segment.startUs) / 1000),
    path: segment.path,
    is_keyframe: segment.isKeyFrame,
  };
}
