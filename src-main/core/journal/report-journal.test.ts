import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../base/logger.ts';
import { decodeRecords, encodeRecord, entryOf, type JournalEntry } from './journal-record.ts';
import { ReportJournal } from './report-journal.ts';

let folder: string;
const open: ReportJournal[] = [];

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'liveman-journal-')), 'journal');
});
afterEach(async () => {
  for (const journal of open.splice(0)) await journal.close();
  await rm(path.dirname(folder), { recursive: true });
});

async function openJournal(maxBytes = 1e9): Promise<ReportJournal> {
  const journal = await ReportJournal.open({ folder, maxBytes, logger: silentLogger, nowMs: () => 0 });
  open.push(journal);
  return journal;
}

function entry(n: number, segmentCount = 1): JournalEntry {
  const segment = { start_ts: n, end_ts: n + 1, duration_ms: 1, path: `d/ü_${n}.m4s`, is_keyframe: true };
  const segments = Array.from({ length: segmentCount }, () => segment);
  return { arrivedAtUs: 1e15 + n + 0.5, report: { node_alias: 'edge', stream: 'cam', segments } };
}

/** Reads and removes all that waits. */
async function drained(journal: ReportJournal): Promise<JournalEntry[]> {
  const all: JournalEntry[] = [];
  for (let oldest = await journal.oldest(); oldest !== null; oldest = await journal.oldest()) {
    all.push(...oldest.entries);
    await journal.done(oldest.file, oldest.isDamaged);
  }
  return all;
}

async function journalFile(): Promise<string> {
  const name = (await readdir(folder)).find((each) => each.endsWith('.reports'));
  return path.join(folder, name ?? 'none');
}

describe('records', () => {
  it('come back as they were, up to where a file was cut off, wherever that is', () => {
    const entries = [entry(1), entry(2, 3), entry(3)];
    const records = entries.map(encodeRecord);
    const bytes = Buffer.concat(records);
    const ends = records.map((_, i) => records.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(100), (cut, zeros) => {
        const decoded = decodeRecords(Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(zeros)]));
        const count = ends.filter((end) => end <= cut).length;
        expect(decoded.records.map(entryOf)).toEqual(entries.slice(0, count));
        expect(decoded.goodBytes).toBe(ends[count - 1] ?? 0);
        if (zeros === 0) expect(decoded.state).toBe(cut === decoded.goodBytes ? 'whole' : 'torn');
      }),
    );
  });

  it('behind one that was changed are read, whatever was changed, and the file is told to be damaged', () => {
    const entries = [entry(1), entry(2, 3), entry(3)];
    const [first = 0, second = 0] = entries.map((each) => encodeRecord(each).length);
    fc.assert(
      fc.property(fc.nat(first + second - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Buffer.concat(entries.map(encodeRecord));
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const { records, state } = decodeRecords(bytes);
        expect(state).toBe('damaged');
        expect(records.map(entryOf)).toEqual(entries.filter((_, i) => i !== (at < first ? 0 : 1)));
      }),
    );
  });

  it('that was changed and is the last one is damaged, not cut off', () => {
    const bytes = Buffer.concat([entry(1), entry(2)].map(encodeRecord));
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    expect(decodeRecords(bytes)).toMatchObject({ records: { length: 1 }, state: 'damaged' });
  });
});

describe('a journal', () => {
  it('gives back in order what was appended, many at once, also after a restart', async () => {
    const journal = await openJournal();
    await Promise.all(Array.from({ length: 50 }, (_, n) => journal.append(entry(n))));
    await journal.append(entry(50, 4));
    expect(journal.status()).toMatchObject({ entryCount: 51, segmentCount: 54, oldestAtMs: 1e12 });
    expect(journal.isEmpty).toBe(false);
    await journal.close();
    const again = await openJournal();
    expect(again.status()).toMatchObject({ entryCount: 51, segmentCount: 54, oldestAtMs: 1e12 });
    await again.append(entry(51));
    expect(await drained(again)).toEqual([
      ...Array.from({ length: 50 }, (_, n) => entry(n)),
      entry(50, 4),
      entry(51),
    ]);
    expect(again.isEmpty).toBe(true);
    expect(again.status()).toMatchObject({ entryCount: 0, usedBytes: 0, oldestAtMs: null });
    expect((await readdir(folder)).filter((name) => name.endsWith('.reports'))).toEqual([]);
  });

  it('takes more while the oldest file is being drained', async () => {
    const journal = await openJournal();
    await journal.append(entry(1));
    const oldest = await journal.oldest();
    await journal.append(entry(2));
    expect(oldest?.entries).toEqual([entry(1)]);
    if (oldest) await journal.done(oldest.file, false);
    expect(await drained(journal)).toEqual([entry(2)]);
  });

  it('leaves out a report whose writing was cut off', async () => {
    const journal = await openJournal();
    await journal.append(entry(1));
    await journal.append(entry(2));
    await journal.close();
    const file = await journalFile();
    await truncate(file, (await readFile(file)).length - 5);
    const again = await openJournal();
    expect(again.status().entryCount).toBe(1);
    await again.append(entry(3));
    expect(await drained(again)).toEqual([entry(1), entry(3)]);
    expect(again.status().problem).toBeNull();
  });

  it.each([0, 1, 2])(
    'gives back what is whole in a file with damage at %i, keeps it and says so',
    async (nth) => {
      const entries = [entry(1), entry(2), entry(3)];
      const journal = await openJournal();
      for (const each of entries) await journal.append(each);
      await journal.close();
      const file = await journalFile();
      const bytes = await readFile(file);
      const from = nth * encodeRecord(entry(1)).length;
      bytes.fill(7, from + 20, from + 30);
      await writeFile(file, bytes);
      const again = await openJournal();
      expect(again.status().entryCount).toBe(2);
      expect(await drained(again)).toEqual(entries.filter((_, i) => i !== nth));
      expect(again.status().problem).toMatch(/could not be read and was kept as .*\.damaged/);
      await again.close();
      expect((await openJournal()).status().problem).toMatch(/\.damaged/);
    },
  );

  it('keeps a file of which nothing can be read', async () => {
    const journal = await openJournal();
    await journal.append(entry(1));
    await journal.close();
    const file = await journalFile();
    await writeFile(file, (await readFile(file)).fill(7, 20, 30));
    const again = await openJournal();
    expect(await drained(again)).toEqual([]);
    expect(again.status().problem).toMatch(/\.damaged/);
  });

  it('refuses what does not fit and takes reports again when there is room', async () => {
    const sizeBytes = encodeRecord(entry(1)).length;
    const journal = await openJournal(2.5 * sizeBytes);
    const answers = await Promise.allSettled([1, 2, 3].map((n) => journal.append(entry(n))));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await expect(journal.append(entry(3))).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringMatching(/journal in .* is full \(segments\.journal_max_bytes is \d/),
    });
    await drained(journal);
    await journal.append(entry(3));
  });

  it('never takes more than it may, also of reports that come while others are written', async () => {
    const sizeBytes = encodeRecord(entry(1)).length;
    const journal = await openJournal(10.5 * sizeBytes);
    const answers: Promise<unknown>[] = [];
    for (let n = 1; n <= 9; n++) {
      answers.push(
        ...[1, 2].map(() =>
          journal.append(entry(n)).then(
            () => 'kept',
            () => 'refused',
          ),
        ),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await Promise.all(answers)).filter((each) => each === 'kept')).toHaveLength(10);
    expect(journal.status()).toMatchObject({ entryCount: 10, usedBytes: 10 * sizeBytes });
  });

  it('that is off refuses reports but gives back what is there', async () => {
    const journal = await openJournal();
    await journal.append(entry(1));
    await journal.close();
    const off = await openJournal(0);
    await expect(off.append(entry(2))).rejects.toThrow('segments.journal_max_bytes is 0');
    expect(await drained(off)).toEqual([entry(1)]);
  });

  it('belongs to one manager at a time', async () => {
    await openJournal();
    await expect(openJournal()).rejects.toMatchObject({ code: 'conflict' });
  });

  it('says that the folder cannot be used', async () => {
    await writeFile(folder, 'a file');
    await expect(openJournal()).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining(folder),
    });
  });

  it('keeps what was set aside, with reasons, also behind a line that was cut off', async () => {
    const journal = await openJournal();
    await journal.setAside.add({ ...entry(1), reason: 'first' });
    await writeFile(journal.setAside.path, '{"half', { flag: 'a' });
    await journal.setAside.add({ ...entry(2), reason: 'second' });
    await journal.close();
    const again = await openJournal();
    expect(again.status()).toMatchObject({ setAsideCount: 2, setAsideReason: 'second' });
    expect(await again.setAside.read()).toEqual([
      { ...entry(1), reason: 'first' },
      { ...entry(2), reason: 'second' },
    ]);
    await again.setAside.change(() => null);
    expect(again.status()).toMatchObject({ setAsideCount: 0, setAsideReason: null, usedBytes: 0 });
  });
});
