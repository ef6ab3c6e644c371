import { describe, expect, it } from 'vitest';
import { EMPTY_WALL, readWall, visibleStreams, type Wall, withoutStream, withStream } from './live-wall.ts';

const wallOf = (count: number, rest: Partial<Wall> = {}): Wall => {
  const streams = Array.from({ length: count }, (_, i) => `s${i}`);
  return { ...EMPTY_WALL, streams, active: streams[0] ?? null, ...rest };
};

describe('wall', () => {
  it('grows with its streams, but not from one picture alone', () => {
    const wall = withStream(wallOf(4), 'new');
    expect(wall).toMatchObject({ layout: 9, active: 'new' });
    expect(wall.streams).toHaveLength(5);
    expect(withStream(wallOf(1, { layout: 1 }), 'new').layout).toBe(1);
    expect(withStream(wall, 's1')).toEqual({ ...wall, active: 's1' });
  });

  it('holds 16: another takes the place of the active one', () => {
    const wall = withStream(wallOf(16, { layout: 16, active: 's3' }), 'new');
    expect(wall.streams).toHaveLength(16);
    expect(wall.streams[3]).toBe('new');
    expect(wall.active).toBe('new');
  });

  it('makes the next one active when the active one goes', () => {
    expect(withoutStream(wallOf(3, { active: 's1' }), 's1').active).toBe('s2');
    expect(withoutStream(wallOf(3, { active: 's2' }), 's2').active).toBe('s1');
    expect(withoutStream(wallOf(1), 's0')).toMatchObject({ streams: [], active: null });
    expect(withoutStream(wallOf(3, { active: 's1' }), 's0').active).toBe('s1');
  });

  it('shows the page the active one is on', () => {
    expect(visibleStreams(wallOf(6, { active: 's5' }))).toEqual(['s4', 's5']);
    expect(visibleStreams(wallOf(6, { layout: 1, active: 's2' }))).toEqual(['s2']);
    expect(visibleStreams(EMPTY_WALL)).toEqual([]);
  });

  it('reads what was stored, and nothing else', () => {
    const wall = wallOf(3, { layout: 9, active: 's2', hasSound: true });
    expect(readWall(JSON.parse(JSON.stringify(wall)))).toEqual(wall);
    expect(readWall({ streams: ['a', 5, 'a'], active: 'gone', layout: 7 })).toEqual({
      ...EMPTY_WALL,
      streams: ['a'],
      active: 'a',
    });
    expect(readWall('nonsense')).toEqual(EMPTY_WALL);
  });
});
