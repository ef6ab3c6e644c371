import { expect, it } from 'vitest';
import { parseRecordingPath } from '../recordings/recording-path.ts';
import type { StoredFile, StoredFolder } from '../segments/storage-folders.ts';
import { finishedFolder, tailOf } from './listed-folder.ts';
import { ObjectMemory } from './object-memory.ts';
import { parsePulled, streamOfPath } from './pulled-segments.ts';

function file(name: string): StoredFile {
  const path = `cam1/1786500000/${name}.m4s`;
  const parsed = parseRecordingPath(path);
  if (!parsed) throw new Error(path);
  return { ...parsed, path, sizeBytes: 1, modifiedMs: 7 };
}

const names = ({ files }: StoredFolder) => files.map(({ track, kind, seq }) => `${track} ${kind} ${seq}`);

it('keeps what is new and a little before, by track, and every init file', () => {
  const seqs = [1, 84, 85, 100, 101];
  const files = [file('v_init'), file('a_init')];
  for (const seq of seqs) {
    const digits = String(seq).padStart(4, '0');
    files.push(file(`v_seg_${digits}`), file(`a_seg_${digits}`));
  }
  const folder = { dir: 'cam1/1786500000', stream: 'cam1', record: '1786500000', day: null, files };
  const tail = tailOf(folder, new Map([['video', { lastSeq: 100, initMark: '1 7' }]]));
  expect(names(tail)).toEqual([
    'video init 0',
    'audio init 0',
    'audio segment 1',
    'audio segment 84',
    'video segment 85',
    'audio segment 85',
    'video segment 100',
    'audio segment 100',
    'video segment 101',
    'audio segment 101',
  ]);
  const changed = tailOf(folder, new Map([['video', { lastSeq: 100, initMark: '1 6' }]]));
  expect(changed.files).toHaveLength(folder.files.length);
  expect(finishedFolder(folder).files.every(({ modifiedMs }) => modifiedMs === 0)).toBe(true);
});

it('takes the stream from a path, and leaves out what cannot be one of it', () => {
  expect(streamOfPath('cam s1/2025/08/04/seg_0002.m4s')).toBe('cam s1');
  expect(streamOfPath('a/b/2025/08/04/seg_0002.m4s')).toBe('a/b');
  expect(streamOfPath('cam1/1786500000/seg_0002.m4s')).toBeNull();
  const good = {
    start_ts: 0,
    end_ts: 10,
    duration_ms: 0,
    path: 'cam1/2025/08/04/seg_0001.m4s',
    is_keyframe: true,
  };
  const bad = [{ ...good, path: 'cam2/2025/08/04/seg_0001.m4s' }, { ...good, end_ts: 'x' }, null];
  const { segments, problems } = parsePulled({ segments: [good, ...bad] }, 'cam1');
  expect(segments).toEqual([good]);
  expect(problems).toHaveLength(3);
  expect(() => parsePulled([], 'cam1')).toThrow(/list of segments/);
});

it('forgets what was not used for longest', () => {
  const memory = new ObjectMemory(10);
  memory.set('a', Buffer.alloc(4));
  memory.set('b', Buffer.alloc(4));
  memory.get('a');
  memory.set('c', Buffer.alloc(4));
  expect(['a', 'b', 'c'].map((key) => memory.get(key)?.length)).toEqual([4, undefined, 4]);
  memory.set('c', Buffer.alloc(6));
  expect(memory.get('a')?.length).toBe(4);
});
