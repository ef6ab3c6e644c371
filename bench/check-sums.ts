import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../src-main/core/base/clock.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import { startEmbeddedPostgres } from '../src-main/core/db/embedded-postgres.ts';
import { repairRecording, verifyRecordings } from '../src-main/core/segments/verify-recordings.ts';
import { createDatabase } from './support/bench-database.ts';
import { median, printFigure, timedSec } from './support/figure.ts';
import { type IndexPlan, makeIndex, prepareMakingIndex } from './support/made-index.ts';
import { inScratchFolder } from './support/scratch.ts';

const SIZES = [
  { name: '250 k', streamCount: 16, days: 0.91 },
  { name: '2.5 M', streamCount: 40, days: 3.65 },
];
const ROUNDS = 3;

/** The part of a check that holds recordings against their segments, beside counting the same rows in one statement. */
export async function run(): Promise<void> {
  await inScratchFolder(async (folder) => {
    // The built-in PostgreSQL's own user has to get through.
    await chmod(folder, 0o755);
    const server = await startEmbeddedPostgres({
      dataDir: path.join(folder, 'postgres'),
      logger: silentLogger,
      signal: AbortSignal.timeout(60_000),
      clock: systemClock,
      settings: { fsync: 'off', max_wal_size: '8GB' },
    });
    try {
      const perSec: number[] = [];
      for (const { name, ...size } of SIZES) {
        perSec.push(
          await measure(server.url, name, { ...size, endUs: Math.floor(Date.now() / 10_000) * 10_000_000 }),
        );
      }
      const [small = 0, large = 0] = perSec;
      printFigure({
        name: 'time for a row at 2.5 M segments',
        value: 1e6 / large,
        unit: 'us',
        ratio: small / large,
        aim: '<= 1.5 x that at 250 k',
      });
    } finally {
      await server.stop();
    }
  });
}

/** Rows checked in a second. */
async function measure(serverUrl: string, name: string, plan: IndexPlan): Promise<number> {
  const { database, url } = await createDatabase(serverUrl, `sums_${plan.streamCount}`);
  try {
    await prepareMakingIndex(url);
    const segmentCount = await makeIndex(url, plan);
    // What is made has a hole at the first instants of a stream, of which its recordings know nothing.
    for await (const made of verifyRecordings(database)) await repairRecording(database, made);
    const checks: number[] = [];
    const counts: number[] = [];
    let differences = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      counts.push(
        await timedSec(() =>
          database.pool.query(
            `select recording_id, track, min(start_ts), max(end_ts), count(*), sum(size_bytes), min(seq), max(seq)
             from segments group by recording_id, track`,
          ),
        ),
      );
      checks.push(
        await timedSec(async () => {
          differences = 0;
          for await (const _ of verifyRecordings(database)) differences += 1;
        }),
      );
    }
    if (differences > 0) throw new Error(`${differences} recordings of the made index are told to be wrong.`);
    printFigure({
      name: `recordings held against ${name} segments`,
      value: median(checks),
      unit: 's',
      ratio: median(checks) / median(counts),
      aim: '<= 3 x one count of all',
    });
    return segmentCount / median(checks);
  } finally {
    await database.close();
  }
}
