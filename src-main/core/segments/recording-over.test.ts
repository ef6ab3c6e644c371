import { expect, it } from 'vitest';
import { isRecordingOver } from './recording-over.ts';
import type { StoredFile } from './storage-folders.ts';

const NOW_MS = 1_795_345_300_000;
const MINUTE = 60_000;

/** Three segments, the last of them written so long ago; `apartMs` between them. */
function folder(quietMs: number, apartMs = 10_000) {
  const files = [0, 1, 2, 3].map(
    (seq) => ({ seq, modifiedMs: NOW_MS - quietMs - (3 - seq) * apartMs }) as StoredFile,
  );
  return { files };
}
const FINAL = { isDynamic: false };
const RUNNING = { isDynamic: true };

it.each([
  ['a final manifest of an hour ago', folder(60 * MINUTE), FINAL, null, true],
  ['a manifest that old nodes write as final while they record', folder(10_000), FINAL, null, false],
  ['a final manifest in a copy that was made just now', folder(100, 5), FINAL, null, true],
  ['a running manifest', folder(10_000), RUNNING, null, false],
  ['a running manifest in a copy that was made just now', folder(100, 5), RUNNING, null, false],
  ['a running manifest that a killed node left', folder(11 * MINUTE), RUNNING, null, true],
  ['a publisher who pauses', folder(9 * MINUTE), RUNNING, null, false],
  ['no manifest, long after', folder(11 * MINUTE), null, null, true],
  ['files from the future', folder(-5000), FINAL, null, false],
  ['what the node says is completed', folder(0), RUNNING, 'completed' as const, true],
  ['what the node says has failed', folder(0), null, 'failed' as const, true],
  ['what the node still calls active, a day later', folder(1440 * MINUTE), RUNNING, 'active' as const, true],
])('judges by %s', (_, files, manifest, listed, isOver) => {
  expect(isRecordingOver(files, manifest, listed, NOW_MS)).toBe(isOver);
});
