import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../src-main/core/base/clock.ts';
import { silentLogger } from '../src-main/core/base/logger.ts';
import { startEmbeddedPostgres } from '../src-main/core/db/embedded-postgres.ts';
import { createDatabase } from './support/bench-database.ts';
import { median, printFigure, timedSec } from './support/figure.ts';
import {
  type IndexPlan,
  MONTH_STREAM,
  makeIndex,
  prepareMakingIndex,
  streamNames,
} from './support/made-index.ts';
import { type RunningServer, startManager } from './support/processes.ts';
import { inScratchFolder } from './support/scratch.ts';

/** Segments of each index; 16 streams for a day are the smallest that hold what is asked for. */
const SIZES = [
  { name: '250 k', streamCount: 16, days: 0.91 },
  { name: '2.5 M', streamCount: 40, days: 3.65 },
  { name: '25 M', streamCount: 100, days: 14.6 },
];
const ROUNDS = 21;
const US_PER_HOUR = 3_600_000_000;
const ASKED_STREAMS = 16;
const PIXELS = 1200;

interface Index {
  readonly name: string;
  readonly plan: IndexPlan;
  readonly manager: RunningServer;
}

/**
 * What reading the index over HTTP takes at 250 k, 2.5 M and 25 M segments: the same questions to three managers in
 * turn, so that whatever else the machine does hits all alike. LIVEMAN_BENCH_SIZES=2 leaves the largest out.
 */
export async function run(): Promise<void> {
  const sizes = SIZES.slice(0, Number(process.env.LIVEMAN_BENCH_SIZES ?? SIZES.length));
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
    const indexes: Index[] = [];
    try {
      const endUs = Math.floor(Date.now() / 10_000) * 10_000_000;
      for (const size of sizes) indexes.push(await prepare(server.url, folder, { ...size, endUs }));
      await measure(indexes);
    } finally {
      for (const { manager } of indexes) await manager.stop();
      await server.stop();
    }
  });
}

async function prepare(
  serverUrl: string,
  folder: string,
  { name, ...plan }: IndexPlan & { name: string },
): Promise<Index> {
  const database = `index_${plan.streamCount}`;
  const { database: opened, url } = await createDatabase(serverUrl, database);
  await opened.close();
  await prepareMakingIndex(url);
  let segmentCount = 0;
  const tookSec = await timedSec(async () => {
    segmentCount = await makeIndex(url, plan);
  });
  printFigure({
    name: `${name}: ${segmentCount} segments made`,
    value: segmentCount / tookSec,
    unit: 'rows/s',
  });
  const dataDir = path.join(folder, database);
  await mkdir(dataDir);
  const toml = `[log]\nlevel = "error"\n[database]\nurl = "${url}"\n`;
  await writeFile(path.join(dataDir, 'liveman.toml'), toml);
  return { name, plan, manager: await startManager(dataDir) };
}

interface Question {
  readonly name: string;
  readonly path: string;
  readonly aim: string;
}

/** What the window and scripts ask for; times lie in what every index holds. */
function questions(endUs: number): Question[] {
  const dayUs = 24 * US_PER_HOUR;
  const streams = streamNames({ streamCount: ASKED_STREAMS }).map((name) => `stream=${name}`);
  const month = new Date(endUs / 1000).toISOString().slice(0, 7);
  const day = `start_ts=${endUs - dayUs}&end_ts=${endUs}`;
  const hour = `start_ts=${endUs - 10 * US_PER_HOUR}&end_ts=${endUs - 9 * US_PER_HOUR}`;
  const resolution = `resolution_us=${Math.round(dayUs / PIXELS)}`;
  const flat = '<= 1.5 x of 250 k';
  return [
    {
      name: 'timeline, 16 streams x 24 h',
      path: `/api/coverage?${streams.join('&')}&${day}&${resolution}`,
      aim: `${flat}, < 50 ms`,
    },
    {
      name: 'days of a month, 1 stream',
      // Others are recorded the longer the larger the index is, and what was recorded is what is asked for.
      path: `/api/coverage/days?month=${month}&time_zone=UTC&stream=${MONTH_STREAM}`,
      aim: flat,
    },
    {
      name: 'days of a month, 16 streams',
      path: `/api/coverage/days?month=${month}&time_zone=UTC&${streams.join('&')}`,
      aim: 'follows what was recorded',
    },
    { name: 'playlist of 1 h', path: `/api/record/cam-001/hls/video.m3u8?${hour}`, aim: flat },
    { name: 'segments of 24 h, 1,000', path: `/api/record/cam-001/timeline?${day}`, aim: flat },
    { name: 'instant', path: `/api/record/cam-001/at?ts=${endUs - 5 * US_PER_HOUR}`, aim: flat },
    { name: '/api/playback/{stream}', path: '/api/playback/cam-001', aim: flat },
    { name: 'recordings, newest 16', path: '/api/index/recordings?limit=16', aim: flat },
    {
      name: 'recordings of a range, oldest 16',
      path: `/api/index/recordings?limit=16&order=oldest&${day}`,
      aim: flat,
    },
    {
      name: 'sizes of 16 streams, 1 day',
      path: `/api/index/usage?days=1&${streams.join('&')}`,
      aim: flat,
    },
  ];
}

async function measure(indexes: readonly Index[]): Promise<void> {
  for (const { aim, name, path: url } of questions(indexes[0]?.plan.endUs ?? 0)) {
    const times = indexes.map((): number[] => []);
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [i, { manager }] of indexes.entries()) {
        const tookSec = await timedSec(() => ask(manager.origin + url));
        // The first time plans are made and pages come from disk.
        if (round > 0) times[i]?.push(tookSec * 1000);
      }
    }
    const base = median(times[0] ?? []);
    for (const [i, index] of indexes.entries()) {
      const value = median(times[i] ?? []);
      printFigure({ name: `${name}, ${index.name}`, value, unit: 'ms', ratio: value / base, aim });
    }
  }
}

async function ask(url: string): Promise<void> {
  const reply = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  await reply.arrayBuffer();
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}.`);
}
