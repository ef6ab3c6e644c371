/**
 * Puts ffmpeg's samples into the boxes that live777's recorder writes: one init file per track, and segments of
 * one fragment with a fixed layout (sample count n at byte 104, data from byte 120 + 12n).
 */

const u16 = (...values) => pack(values, 2, 'writeUInt16BE');
const u32 = (...values) => pack(values, 4, 'writeUInt32BE');
const zeros = (size) => Buffer.alloc(size);
const text = (value) => Buffer.from(value, 'latin1');

function pack(values, size, write) {
  const bytes = Buffer.alloc(size * values.length);
  values.forEach((value, i) => {
    bytes[write](value, i * size);
  });
  return bytes;
}

function box(type, ...parts) {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(8 + body.length), text(type), body]);
}

/** The boxes of `bytes` between two offsets, with where their bodies start and end. */
function boxes(bytes, from = 0, to = bytes.length) {
  const found = [];
  for (let at = from; at + 8 <= to; ) {
    const size = bytes.readUInt32BE(at);
    found.push({ type: bytes.toString('latin1', at + 4, at + 8), start: at, body: at + 8, end: at + size });
    at += size;
  }
  return found;
}

function descend(bytes, path, from, to) {
  const [type, ...rest] = path;
  const found = boxes(bytes, from, to).find((each) => each.type === type);
  return rest.length === 0 || !found ? found : descend(bytes, rest, found.body, found.end);
}

const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
const CONFIGURATIONS = ['avcC', 'vpcC', 'av1C'];

/** Turns an ffmpeg init (a file that holds `moov`) into live777's, and says what it found in it. */
export function reboxInit(source) {
  const stsd = descend(source, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']);
  const entry = boxes(source, stsd.body + 8, stsd.end)[0];
  const isAudio = entry.type === 'Opus';
  const timescale = isAudio ? 48000 : 90000;
  const trackId = isAudio ? 2 : 1;
  const width = isAudio ? 0 : source.readUInt16BE(entry.body + 24);
  const height = isAudio ? 0 : source.readUInt16BE(entry.body + 26);
  const channels = isAudio ? source.readUInt16BE(entry.body + 16) : 0;
  const configuration = isAudio
    ? box('dOps', Buffer.from([0, channels]), u16(0), u32(48000), zeros(3))
    : copyOf(
        source,
        boxes(source, entry.body + 78, entry.end).find((each) => CONFIGURATIONS.includes(each.type)),
      );
  const sampleEntry = isAudio
    ? box('Opus', zeros(6), u16(1), zeros(8), u16(channels, 16, 0, 0), u32(48000 * 65536), configuration)
    : box(
        entry.type,
        zeros(6),
        u16(1),
        zeros(16),
        u16(width, height),
        u32(0x480000, 0x480000, 0),
        u16(1),
        zeros(32),
        u16(0x18, 0xffff),
        configuration,
      );
  const stbl = box(
    'stbl',
    box('stsd', u32(0, 1), sampleEntry),
    box('stts', zeros(8)),
    box('stsc', zeros(8)),
    box('stsz', zeros(12)),
    box('stco', zeros(8)),
  );
  const dinf = box('dinf', box('dref', u32(0, 1), box('url ', u32(1))));
  const minf = box('minf', box(isAudio ? 'smhd' : 'vmhd', u32(1), zeros(8)), dinf, stbl);
  const handler = isAudio ? ['soun', 'SoundHandler\0'] : ['vide', 'VideoHandler\0'];
  const mdia = box(
    'mdia',
    box('mdhd', zeros(12), u32(timescale), zeros(8)),
    box('hdlr', zeros(8), text(handler[0]), zeros(12), text(handler[1])),
    minf,
  );
  const tkhd = box(
    'tkhd',
    u32(7),
    zeros(8),
    u32(trackId, 0, 0),
    zeros(16),
    MATRIX,
    u32(width * 65536, height * 65536),
  );
  const mvhd = box(
    'mvhd',
    zeros(12),
    u32(timescale, 0, 0x10000),
    u16(0x100, 0),
    zeros(8),
    MATRIX,
    zeros(24),
    u32(trackId + 1),
  );
  const mvex = box('mvex', box('trex', u32(0, trackId, 1, 0, 0, 0x01010000)));
  const bytes = Buffer.concat([
    box('ftyp', text('isom'), u32(512), text(`isomiso2mp41${entry.type}`)),
    box('moov', mvhd, box('trak', tkhd, mdia), mvex),
  ]);
  return { bytes, trackId, codec: codecString(entry.type, configuration) };
}

function copyOf(bytes, found) {
  return bytes.subarray(found.start, found.end);
}

/** The `codecs` value of the manifest, as live777 writes it. */
function codecString(type, configuration) {
  const [, b1, b2, b3] = configuration.subarray(8);
  if (type === 'avc1') return `avc1.${configuration.subarray(9, 12).toString('hex')}`;
  if (type === 'vp09') return 'vp09.00.10.08.01.02.02.02.00';
  if (type === 'av01') {
    const level = String(b1 & 0x1f).padStart(2, '0');
    return `av01.${b1 >> 5}.${level}${b2 & 0x80 ? 'H' : 'M'}.${b2 & 0x40 ? '10' : '08'}`;
  }
  return b3 === undefined ? type : 'opus';
}

/** The samples of a fragmented file made by ffmpeg, in order: `{ data, isSync }`. */
export function samplesOf(source) {
  const samples = [];
  for (const moof of boxes(source).filter((each) => each.type === 'moof')) {
    const traf = descend(source, ['traf'], moof.body, moof.end);
    const header = fragmentDefaults(source, descend(source, ['tfhd'], traf.body, traf.end));
    let from = moof.start;
    for (const run of boxes(source, traf.body, traf.end).filter((each) => each.type === 'trun')) {
      from = readRun(source, run, moof.start, from, header, samples);
    }
  }
  return samples;
}

function fragmentDefaults(source, tfhd) {
  const flags = source.readUInt32BE(tfhd.body) & 0xffffff;
  let at = tfhd.body + 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0) + (flags & 8 ? 4 : 0);
  const size = flags & 16 ? source.readUInt32BE(at) : 0;
  at += flags & 16 ? 4 : 0;
  return { size, flags: flags & 32 ? source.readUInt32BE(at) : 0 };
}

function readRun(source, run, moofStart, continueAt, defaults, samples) {
  const flags = source.readUInt32BE(run.body) & 0xffffff;
  const count = source.readUInt32BE(run.body + 4);
  let at = run.body + 8;
  const next = () => {
    at += 4;
    return source.readUInt32BE(at - 4);
  };
  let dataAt = flags & 1 ? moofStart + next() : continueAt;
  const firstFlags = flags & 4 ? next() : undefined;
  for (let i = 0; i < count; i++) {
    if (flags & 0x100) next();
    const size = flags & 0x200 ? next() : defaults.size;
    let sampleFlags = i === 0 && firstFlags !== undefined ? firstFlags : defaults.flags;
    if (flags & 0x400) sampleFlags = next();
    if (flags & 0x800) next();
    samples.push({ data: source.subarray(dataAt, dataAt + size), isSync: (sampleFlags & 0x10000) === 0 });
    dataAt += size;
  }
  return dataAt;
}

/** One segment file of `samples` that all last `sampleTicks`, starting at `startTicks` of its track. */
export function segmentOf(samples, { trackId, sequence, startTicks, sampleTicks }) {
  const rows = samples.map((each) =>
    u32(sampleTicks, each.data.length, each.isSync ? 0x02000000 : 0x01010000),
  );
  const moofSize = 88 + 12 * samples.length;
  const traf = box(
    'traf',
    box('tfhd', u32(0x200, trackId)),
    box('tfdt', u32(0x01000000, 0, startTicks)),
    box('trun', u32(0x701, samples.length, moofSize + 8), ...rows),
  );
  return Buffer.concat([
    box('styp', text('msdh'), u32(0), text('msdhdash')),
    box('moof', box('mfhd', u32(0, sequence)), traf),
    box('mdat', ...samples.map((each) => each.data)),
  ]);
}
