import { chmod, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import pg from 'pg';
import { findServingUrl } from '../src-main/core/db/embedded-postgres.ts';
import { copyIn } from './support/copy-in.ts';
import { median, printFigure, timedSec } from './support/figure.ts';
import { peakMemoryMb, type RunningServer, startManager } from './support/processes.ts';
import { reportAll } from './support/report-load.ts';
import { inScratchFolder } from './support/scratch.ts';

const CONNECTIONS = 100;
const TURNS = 3;
/** Segments in a report, and reports of each connection in one turn. */
const CASES = [
  { batchSize: 1, reportsEach: 60, aim: undefined },
  { batchSize: 10, reportsEach: 60, aim: undefined },
  { batchSize: 100, reportsEach: 24, aim: '>= 0.5 x COPY, >= 50,000/s' },
] as const;
const COLUMNS =
  'id, node_alias, stream, start_ts, end_ts, duration_ms, path, is_keyframe, created_at, track, recording_id, ' +
  'track_id, seq, media_start_us, size_bytes, clock_source, state, analysis, problem';

/**
 * A storage that cannot be reached: nothing is examined meanwhile. There are no files behind these rows, and examining
 * real ones costs what their disk gives.
 */
const AWAY =
  '[log]\nlevel = "error"\n[recorder.storage]\ntype = "s3"\nregion = "none"\naccess_key_id = "none"\nsecret_access_key = "none"\nbucket = "away"\nendpoint = "http://127.0.0.1:9"\n';

interface Turn {
  perSec: number;
  copyPerSec: number;
  /** The same requests to a route that only reads them. */
  barePerSec: number;
}

/**
 * Segments per second through the HTTP route, durable before the reply, beside COPY of the same rows into the same
 * table, durable too, in turns.
 */
export async function run(): Promise<void> {
  await inScratchFolder(async (folder) => {
    // The built-in PostgreSQL's own user has to get through.
    await chmod(folder, 0o755);
    await writeFile(path.join(folder, 'liveman.toml'), AWAY);
    const manager = await startManager(folder);
    try {
      const url = await findServingUrl(path.join(folder, 'postgres'));
      if (url === null) throw new Error('The built-in database does not serve.');
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        const bare = await startBare();
        try {
          await measure(manager, client, `http://127.0.0.1:${(bare.server.address() as AddressInfo).port}`);
        } finally {
          await bare.close();
        }
      } finally {
        await client.end();
      }
    } finally {
      await manager.stop();
    }
  });
}

/** A server of the same kind as the manager's with one route, which reads a report and answers. */
async function startBare(): Promise<FastifyInstance> {
  const app = fastify();
  app.post('/api/segments/report', async (request) => {
    const { segments } = request.body as { segments: unknown[] };
    return { processed_count: segments.length };
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app;
}

async function measure(manager: RunningServer, client: pg.Client, bareOrigin: string): Promise<void> {
  const { origin } = manager;
  // Until the code is compiled and the plans are made.
  await reportAll({ origin, connections: CONNECTIONS, batchSize: 20, reportsEach: 15, tag: 'warm' });
  const turns = CASES.map((): Turn[] => []);
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [index, { batchSize, reportsEach }] of CASES.entries()) {
      const tag = `${turn}-${batchSize}`;
      const load = { origin, connections: CONNECTIONS, batchSize, reportsEach, tag };
      const sec = await reportAll(load);
      const count = CONNECTIONS * batchSize * reportsEach;
      const copySec = await copyAgain(client, tag, count);
      const bareSec = await reportAll({ ...load, origin: bareOrigin });
      turns[index]?.push({ perSec: count / sec, copyPerSec: count / copySec, barePerSec: count / bareSec });
    }
  }
  for (const [index, { aim, batchSize }] of CASES.entries()) {
    const own = turns[index] ?? [];
    printFigure({
      name: `reports of ${batchSize}, ${CONNECTIONS} connections, durable`,
      value: median(own.map(({ perSec }) => perSec)),
      unit: 'seg/s',
      ratio: median(own.map(({ copyPerSec, perSec }) => perSec / copyPerSec)),
      ...(aim === undefined ? {} : { aim }),
    });
    printFigure({
      name: 'the same to a bare route that stores nothing',
      value: median(own.map(({ barePerSec }) => barePerSec)),
      unit: 'seg/s',
      ratio: median(own.map(({ barePerSec, perSec }) => perSec / barePerSec)),
      aim: 'what HTTP alone leaves',
    });
    printFigure({
      name: 'COPY of the same rows, one transaction',
      value: median(own.map(({ copyPerSec }) => copyPerSec)),
      unit: 'seg/s',
    });
  }
  const peakMb = await peakMemoryMb(manager.pid);
  if (peakMb !== null) printFigure({ name: 'most memory of the manager', value: peakMb, unit: 'MB' });
}

/** Seconds that COPY takes for the rows of a load, under other keys. */
async function copyAgain(client: pg.Client, tag: string, count: number): Promise<number> {
  const { rows } = await client.query<{ line: string }>(
    `select concat_ws(E'\\t', gen_random_uuid(), node_alias, 'copy-' || stream, start_ts, end_ts, duration_ms, path,
       is_keyframe, created_at, track, recording_id, track_id, seq, '\\N', '\\N', clock_source, state, '\\N', '\\N') as line
     from segments where stream like $1 order by start_ts, stream`,
    [`bench-${tag}-%`],
  );
  if (rows.length !== count) throw new Error(`${rows.length} of ${count} segments are there.`);
  const text = Buffer.from(`${rows.map(({ line }) => line).join('\n')}\n`);
  return timedSec(() => copyIn(client, `copy segments (${COLUMNS}) from stdin`, text));
}
