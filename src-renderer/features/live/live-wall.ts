export const WALL_LAYOUTS = [1, 4, 9, 16] as const;
/** How many pictures are shown at once. */
export type WallLayout = (typeof WALL_LAYOUTS)[number];

export const MAX_PICTURES = 16;

/** What is watched live and how; kept over restarts. */
export interface Wall {
  /** In the order of the pictures, no name twice, at most 16. */
  readonly streams: readonly string[];
  /** The one that is framed and may be heard; one of `streams`, null only where there is none. */
  readonly active: string | null;
  readonly layout: WallLayout;
  readonly hasSound: boolean;
  /** Statistics stand on every picture. */
  readonly hasStats: boolean;
}

export const EMPTY_WALL: Wall = { streams: [], active: null, layout: 4, hasSound: false, hasStats: false };

/** A wall from whatever was stored. */
export function readWall(stored: unknown): Wall {
  if (typeof stored !== 'object' || stored === null) return EMPTY_WALL;
  const from = stored as Record<string, unknown>;
  const names = Array.isArray(from.streams) ? from.streams.filter((name) => typeof name === 'string') : [];
  const streams = [...new Set(names)].slice(0, MAX_PICTURES);
  return {
    streams,
    active: streams.find((name) => name === from.active) ?? streams[0] ?? null,
    layout: WALL_LAYOUTS.find((layout) => layout === from.layout) ?? EMPTY_WALL.layout,
    hasSound: from.hasSound === true,
    hasStats: from.hasStats === true,
  };
}

/**
 * The wall with a stream on it, as the active one. The layout grows where it has no room; on a wall of 16 the new
 * stream takes the place of the active one.
 */
export function withStream(wall: Wall, stream: string): Wall {
  if (wall.streams.includes(stream)) return { ...wall, active: stream };
  if (wall.streams.length >= MAX_PICTURES) {
    const streams = wall.streams.map((name) => (name === wall.active ? stream : name));
    return { ...wall, streams, active: stream };
  }
  const streams = [...wall.streams, stream];
  const room = WALL_LAYOUTS.find((layout) => layout >= streams.length) ?? MAX_PICTURES;
  // One picture alone stays one: whoever chose that wants to look at one after the other.
  const layout = wall.layout === 1 || wall.layout >= room ? wall.layout : room;
  return { ...wall, streams, active: stream, layout };
}

/** The wall without a stream; the one that follows becomes active where it was. */
export function withoutStream(wall: Wall, stream: string): Wall {
  const index = wall.streams.indexOf(stream);
  if (index < 0) return wall;
  const streams = wall.streams.filter((name) => name !== stream);
  const active = wall.active === stream ? (streams[index] ?? streams.at(-1) ?? null) : wall.active;
  return { ...wall, streams, active };
}

/** The streams in sight: the page of the wall that the active one is on. */
export function visibleStreams(wall: Wall): readonly string[] {
  const index = Math.max(0, wall.active === null ? 0 : wall.streams.indexOf(wall.active));
  const first = Math.floor(index / wall.layout) * wall.layout;
  return wall.streams.slice(first, first + wall.layout);
}
