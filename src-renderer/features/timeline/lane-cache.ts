import type { RecordedStream } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { pickMainNode } from './coverage-pieces.ts';
import type { CoverageSource } from './coverage-source.ts';
import { levelOf, tileSpanUs } from './coverage-tiles.ts';
import { buildLane, type LaneMark, type LaneScene } from './timeline-scene.ts';

interface Cached {
  readonly key: string;
  readonly lane: LaneScene;
}

/**
 * Lanes ready to be drawn, made anew only when their data or their tiles change.
 *
 * A lane is built for whole tiles around the view, so that moving within them costs nothing.
 */
export class LaneCache {
  readonly #source: Pick<CoverageSource, 'lanes' | 'borders' | 'reasons'>;
  readonly #cached = new Map<string, Cached>();
  readonly #mainAliases = new Map<string, string | null>();
  #version = 0;

  constructor(source: Pick<CoverageSource, 'lanes' | 'borders' | 'reasons'>) {
    this.#source = source;
  }

  /** Data changed: the next `lane` builds anew. */
  invalidate(): void {
    this.#version += 1;
  }

  lane(
    stream: RecordedStream,
    view: TimeRange,
    pxUs: number,
    marks: readonly LaneMark[],
    isActive: boolean,
    nowUs: number,
  ): LaneScene {
    const level = levelOf(pxUs);
    const spanUs = tileSpanUs(level);
    const range = {
      startUs: Math.max(0, Math.floor(view.startUs / spanUs) * spanUs),
      endUs: Math.ceil(view.endUs / spanUs) * spanUs,
    };
    const key = `${this.#version}:${level}:${range.startUs}:${range.endUs}:${isActive}:${marks.length}`;
    const cached = this.#cached.get(stream.stream);
    if (cached?.key === key) return cached.lane;
    const { nodes, unknown } = this.#source.lanes.read(stream.stream, range, pxUs);
    const mainAlias = pickMainNode(nodes, this.#mainAliases.get(stream.stream) ?? null);
    this.#mainAliases.set(stream.stream, mainAlias);
    const lane = buildLane(
      {
        ...stream,
        isActive,
        mainAlias,
        nodes,
        unknown,
        marks,
        borders: this.#source.borders.starts(stream.stream, view),
        reasons: this.#source.reasons.of(stream.stream),
      },
      range,
      2 ** (level + 1),
      nowUs,
    );
    this.#cached.set(stream.stream, { key, lane });
    return lane;
  }
}
