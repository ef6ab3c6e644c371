import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One track of a loop: its samples back to back, all of the same duration. */
export interface LoopTrack {
  readonly kind: 'video' | 'audio';
  /** First letter of the file names: `v_init.m4s`, `a_seg_0001.m4s`. */
  readonly prefix: 'v' | 'a';
  readonly trackId: number;
  readonly init: Buffer;
  /** Ticks a second of the track's media clock. */
  readonly timescale: number;
  readonly sampleTicks: number;
  /** Duration of a sample in microseconds, exact. */
  readonly sampleUs: number;
  readonly data: Buffer;
  /** Where each sample starts in `data`; one entry more than there are samples. */
  readonly offsets: Uint32Array;
  /** The flags of each sample as the recorder writes them (0x02000000 for a sync sample). */
  readonly flags: Uint32Array;
  readonly samplesPerSegment: number;
  /** The `codecs` value of the manifest. */
  readonly codec: string;
  readonly bitrateBps: number;
}

/** A minute of media that can be written over and over as one continuous recording. */
export interface Loop {
  readonly name: string;
  /** Codec name as nodes list it: `h264`, `vp9`, `av1`. */
  readonly videoCodec: string;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly video: LoopTrack;
  readonly audio: LoopTrack;
}

interface LoopDescription {
  video: {
    codec: string;
    bitrateBps: number;
    name: string;
    width: number;
    height: number;
    frameRate: number;
  };
  audio: { codec: string; bitrateBps: number };
}

/** Reads the loop in `directory`, as `resources/demo/make-loops.mjs` wrote it. Throws when it is not one. */
export async function loadLoop(name: string, directory: string): Promise<Loop> {
  const description: LoopDescription = JSON.parse(await readFile(join(directory, 'loop.json'), 'utf8'));
  const files = (await readdir(directory)).sort();
  const { video, audio } = description;
  const loop: Loop = {
    name,
    videoCodec: video.name,
    width: video.width,
    height: video.height,
    frameRate: video.frameRate,
    video: await loadTrack(directory, files, 'video', video),
    audio: await loadTrack(directory, files, 'audio', audio),
  };
  const [videoUs, audioUs] = [loopUs(loop.video), loopUs(loop.audio)];
  if (videoUs !== audioUs) {
    throw new Error(
      `loop ${directory}: video lasts ${videoUs} us and audio ${audioUs} us; make the loops again`,
    );
  }
  return loop;
}

/** Number of samples in one turn of the loop. */
export function sampleCount(track: LoopTrack): number {
  return track.flags.length;
}

/** Duration of one turn in microseconds. */
export function loopUs(track: LoopTrack): number {
  return sampleCount(track) * track.sampleUs;
}

async function loadTrack(
  directory: string,
  files: string[],
  kind: 'video' | 'audio',
  { codec, bitrateBps }: { codec: string; bitrateBps: number },
): Promise<LoopTrack> {
  const prefix = kind === 'video' ? 'v' : 'a';
  const timescale = kind === 'video' ? 90_000 : 48_000;
  const segments = await Promise.all(
    files.filter((file) => file.startsWith(`${prefix}_seg_`)).map((file) => readFile(join(directory, file))),
  );
  const first = segments[0];
  if (!first) throw new Error(`loop ${directory}: no ${prefix}_seg_ files; make the loops again`);
  const sampleTicks = first.readUInt32BE(112);
  const flags: number[] = [];
  const offsets = [0];
  const bodies: Buffer[] = [];
  for (const segment of segments) {
    const samples = segment.readUInt32BE(104);
    bodies.push(segment.subarray(120 + 12 * samples));
    for (let row = 112; row < 112 + 12 * samples; row += 12) {
      if (segment.readUInt32BE(row) !== sampleTicks) throw new Error(`loop ${directory}: uneven samples`);
      offsets.push(offsets[offsets.length - 1]! + segment.readUInt32BE(row + 4));
      flags.push(segment.readUInt32BE(row + 8));
    }
  }
  return {
    kind,
    prefix,
    trackId: kind === 'video' ? 1 : 2,
    init: await readFile(join(directory, `${prefix}_init.m4s`)),
    timescale,
    sampleTicks,
    sampleUs: (sampleTicks * 1_000_000) / timescale,
    data: Buffer.concat(bodies),
    offsets: Uint32Array.from(offsets),
    flags: Uint32Array.from(flags),
    samplesPerSegment: first.readUInt32BE(104),
    codec,
    bitrateBps,
  };
}
