/**
 * Makes the media of the demo cluster: one loop of exactly 60 s per stream, as live777 records it.
 *
 *     node resources/demo/make-loops.mjs [STREAM...]
 *
 * Needs ffmpeg (libx264, libvpx-vp9, libaom-av1, libopus) and the DejaVu fonts. The picture shows the stream's
 * name and a frame counter: at 25 frames a second, frame / 25 is the second of the minute, so a recording that
 * starts on the minute shows the wall clock.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Canvas } from './canvas.mjs';
import { reboxInit, samplesOf, segmentOf } from './rebox.mjs';
import { SCENES } from './scenes.mjs';

const [WIDTH, HEIGHT, FRAME_RATE, LOOP_SECONDS, SEGMENT_SECONDS, KEY_FRAME_SECONDS] = [
  640, 360, 25, 60, 10, 2,
];
const OUTPUT = join(dirname(fileURLToPath(import.meta.url)), 'loops');
const KEY = FRAME_RATE * KEY_FRAME_SECONDS;

// No B-frames and no hidden frames anywhere: the recorder stores one displayed picture per packet, in order.
const ENCODERS = {
  h264: [
    '-c:v',
    'libx264',
    '-preset',
    'slow',
    '-profile:v',
    'main',
    '-bf',
    '0',
    '-crf',
    '29',
    '-maxrate',
    '110k',
    '-bufsize',
    '220k',
    '-sc_threshold',
    '0',
    '-bsf:v',
    'dump_extra=freq=keyframe',
  ],
  vp9: [
    '-c:v',
    'libvpx-vp9',
    '-deadline',
    'realtime',
    '-cpu-used',
    '5',
    '-lag-in-frames',
    '0',
    '-auto-alt-ref',
    '0',
    '-b:v',
    '90k',
    '-maxrate',
    '120k',
    '-bufsize',
    '240k',
  ],
  av1: ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '5', '-lag-in-frames', '0', '-b:v', '130k'],
};

/** Codec and chord (Hz) of each stream; the chord's frequencies are whole, so a loop holds whole cycles. */
const STREAMS = {
  'gate-north': { codec: 'h264', chord: [196, 294], beatSeconds: 4 },
  'quay-west': { codec: 'h264', chord: [147, 220], beatSeconds: 6 },
  'crane-3': { codec: 'av1', chord: [262, 330], beatSeconds: 3 },
  'yard-7': { codec: 'vp9', chord: [165, 247], beatSeconds: 5 },
  lobby: { codec: 'h264', chord: [330, 440], beatSeconds: 4 },
  'ferry-ramp': { codec: 'h264', chord: [220, 277], beatSeconds: 10 },
};

async function ffmpeg(args, feed) {
  const child = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args], {
    stdio: [feed ? 'pipe' : 'ignore', 'inherit', 'inherit'],
  });
  const exited = once(child, 'exit');
  if (feed) await feed(child.stdin);
  const [code] = await exited;
  if (code !== 0) throw new Error(`ffmpeg ended with code ${code}`);
}

const FRAGMENTED = ['-movflags', '+frag_keyframe+delay_moov+default_base_moof', '-f', 'mp4'];

async function renderVideo(name, codec, file) {
  const scene = SCENES[name];
  const background = new Canvas(WIDTH, HEIGHT);
  scene.background(background);
  // In the middle of the top, where the window puts nothing over a picture.
  const label =
    `drawtext=font='DejaVu Sans Mono':text='${name}  %{eif\\:n\\:d\\:4}':x=(w-tw)/2:y=14:fontsize=20:` +
    'fontcolor=white:box=1:boxcolor=black@0.55:boxborderw=6';
  const input = [
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
    '-s',
    `${WIDTH}x${HEIGHT}`,
    '-r',
    `${FRAME_RATE}`,
    '-i',
    '-',
  ];
  const keys = [
    '-g',
    `${KEY}`,
    '-keyint_min',
    `${KEY}`,
    '-force_key_frames',
    `expr:gte(t,n_forced*${KEY_FRAME_SECONDS})`,
  ];
  const output = [
    '-vf',
    label,
    '-pix_fmt',
    'yuv420p',
    ...ENCODERS[codec],
    ...keys,
    '-video_track_timescale',
    '90000',
    ...FRAGMENTED,
    file,
  ];
  await ffmpeg([...input, ...output], async (stdin) => {
    const canvas = new Canvas(WIDTH, HEIGHT);
    const frames = FRAME_RATE * LOOP_SECONDS;
    for (let frame = 0; frame < frames; frame++) {
      canvas.copyFrom(background);
      scene.frame(canvas, frame / frames);
      if (!stdin.write(Buffer.from(canvas.data))) await once(stdin, 'drain');
    }
    stdin.end();
  });
}

/** Two soft tones that swell every `beatSeconds`; longer than a loop, so that a middle part can be cut out. */
async function renderAudio({ chord, beatSeconds }, file) {
  const tones = chord.map((hz, i) => `sin(2*PI*${hz}*t)*pow(sin(PI*t/${beatSeconds}+${i})\\,2)`).join('+');
  const source = `aevalsrc=exprs='0.09*(${tones})':s=48000:d=${2 * LOOP_SECONDS + 5}`;
  await ffmpeg([
    '-f',
    'lavfi',
    '-i',
    source,
    '-c:a',
    'libopus',
    '-ac',
    '1',
    '-b:a',
    '12k',
    '-vbr',
    'on',
    '-application',
    'audio',
    '-frame_duration',
    '20',
    ...FRAGMENTED,
    file,
  ]);
}

async function writeTrack(directory, prefix, file, { perSecond, skip, sampleTicks }) {
  const source = await readFile(file);
  const init = reboxInit(source);
  const wanted = perSecond * LOOP_SECONDS;
  const samples = samplesOf(source).slice(skip, skip + wanted);
  if (samples.length !== wanted) throw new Error(`${file}: ${samples.length} samples, expected ${wanted}`);
  await writeFile(join(directory, `${prefix}_init.m4s`), init.bytes);
  const perSegment = perSecond * SEGMENT_SECONDS;
  for (let first = 0, sequence = 1; first < wanted; first += perSegment, sequence++) {
    if (!samples[first].isSync) throw new Error(`${file}: sample ${first} is no key frame`);
    const bytes = segmentOf(samples.slice(first, first + perSegment), {
      trackId: init.trackId,
      sequence,
      startTicks: first * sampleTicks,
      sampleTicks,
    });
    await writeFile(join(directory, `${prefix}_seg_${String(sequence).padStart(4, '0')}.m4s`), bytes);
  }
  const sizeBytes = samples.reduce((sum, each) => sum + each.data.length, 0);
  return { codec: init.codec, bitrateBps: Math.round((sizeBytes * 8) / LOOP_SECONDS) };
}

async function makeLoop(name) {
  const { codec, ...tones } = STREAMS[name];
  const directory = join(OUTPUT, name);
  const work = await mkdtemp(join(tmpdir(), 'loops-'));
  try {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    await renderVideo(name, codec, join(work, 'v.mp4'));
    await renderAudio(tones, join(work, 'a.mp4'));
    const video = await writeTrack(directory, 'v', join(work, 'v.mp4'), {
      perSecond: FRAME_RATE,
      skip: 0,
      sampleTicks: 90000 / FRAME_RATE,
    });
    // The second minute: the coder has settled, so the end of the loop runs on smoothly into its start.
    const audio = await writeTrack(directory, 'a', join(work, 'a.mp4'), {
      perSecond: 50,
      skip: 50 * LOOP_SECONDS,
      sampleTicks: 960,
    });
    const description = {
      video: { ...video, name: codec, width: WIDTH, height: HEIGHT, frameRate: FRAME_RATE },
      audio: { ...audio, name: 'opus' },
    };
    await writeFile(join(directory, 'loop.json'), `${JSON.stringify(description, null, 2)}\n`);
    console.log(`${name}: ${codec} ${video.bitrateBps} bit/s, opus ${audio.bitrateBps} bit/s`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(STREAMS);
for (const name of names) {
  if (!STREAMS[name]) throw new Error(`no stream ${name}; there are ${Object.keys(STREAMS).join(', ')}`);
  await makeLoop(name);
}
