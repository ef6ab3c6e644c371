import { open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Loop, LoopTrack } from './loop.ts';
import { LoopRecording } from './loop-recording.ts';
import { nextSlot, type StartSlots } from './recording-plan.ts';
import { readSampleCount } from './segment-bytes.ts';

/**
 * The recordings of `stream` that an earlier run left on disk, oldest first, each brought to a proper end: a
 * file cut off in mid write is removed and the manifest made static. Only those whose start fits `slots` belong
 * to this recorder; the others are another node's.
 */
export async function findRecordings(options: {
  storageRoot: string;
  stream: string;
  loop: Loop;
  slots: StartSlots;
}): Promise<LoopRecording[]> {
  const { storageRoot, stream, loop, slots } = options;
  const names = await readdir(join(storageRoot, stream)).catch(() => []);
  const found: LoopRecording[] = [];
  for (const name of names.filter((each) => /^\d{10}$/.test(each)).sort()) {
    const startMs = Number(name) * 1000;
    if (nextSlot(slots, startMs) !== startMs) continue;
    const recordDir = `${stream}/${name}`;
    const recording = new LoopRecording({ storageRoot, recordDir, loop, startMs });
    const files = await readdir(join(storageRoot, recordDir));
    const written = {
      video: await countSamples(join(storageRoot, recordDir), files, loop.video),
      audio: await countSamples(join(storageRoot, recordDir), files, loop.audio),
    };
    if (written.video + written.audio === 0) continue;
    recording.adopt(written);
    if (!(await hasFinalManifest(join(storageRoot, recordDir)))) await recording.writeManifest();
    found.push(recording);
  }
  return found;
}

async function countSamples(directory: string, files: string[], track: LoopTrack): Promise<number> {
  const names = files.filter((file) => file.startsWith(`${track.prefix}_seg_`)).sort();
  while (names.length > 0) {
    const last = join(directory, names[names.length - 1]!);
    const count = await samplesInFile(last);
    if (count !== undefined) return (names.length - 1) * track.samplesPerSegment + count;
    await unlink(last);
    names.pop();
  }
  return 0;
}

async function samplesInFile(path: string): Promise<number | undefined> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(112), 0, 112, 0);
    const count = readSampleCount(buffer.subarray(0, bytesRead), size);
    if (count === undefined) return undefined;
    const mdat = Buffer.alloc(4);
    await file.read(mdat, 0, 4, 112 + 12 * count);
    return 112 + 12 * count + mdat.readUInt32BE(0) === size ? count : undefined;
  } finally {
    await file.close();
  }
}

async function hasFinalManifest(directory: string): Promise<boolean> {
  const text = await readFile(join(directory, 'manifest.mpd'), 'utf8').catch(() => '');
  return text.includes('type="static"');
}
