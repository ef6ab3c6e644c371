import { expect, it } from 'vitest';
import { isRecordingOver } from './recording-over.ts';
import { extentOf, parseIndex, type StoredFile } from './storage-folders.ts';

it('takes folders of more files than a call may have arguments', () => {
  const file: StoredFile = {
    dir: 'a/1795345208',
    stream: 'a',
    record: '1795345208',
    day: null,
    kind: 'segment',
    track: 'audio',
    seq: 1,
    generation: 'current',
    path: 'a/1795345208/a_seg_0001.m4s',
    sizeBytes: 1,
    modifiedMs: 0,
  };
  const files = new Array<StoredFile>(300_000).fill(file);
  files.push({ ...file, seq: 300_001, modifiedMs: 3e9 });
  expect(extentOf(files)).toEqual({ firstMs: 0, lastMs: 3e9, lastSeq: 300_001 });
  expect(isRecordingOver({ files }, { isDynamic: false }, null, 4e9)).toBe(true);
});

it("takes of a node's index what the database can hold", () => {
  const rows = [
    { stream: 'a\0b', record_dir: 'a/1' },
    { stream: '', record_dir: 'a/1' },
    { stream: 'a', record_dir: 'a/1', start_ts: -5, node_alias: 'x\0', record: 7, status: 'Active' },
  ];
  expect(parseIndex(JSON.stringify(rows))).toEqual([
    { dir: 'a/1', stream: 'a', record: '', nodeAlias: null, startUs: null, status: 'active' },
  ]);
});
