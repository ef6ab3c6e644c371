import { chmod, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { median, printFigure, timedSec } from './support/figure.ts';
import { makeRecording } from './support/made-recording.ts';
import { indexStorage, peakMemoryMb, runProgram, startManager } from './support/processes.ts';
import { inScratchFolder } from './support/scratch.ts';

const LENGTH_SEC = 3600;
const VIDEO_BPS = 4_000_000;
const TURNS = 3;
/** No further turn begins after this. */
const TURNS_LIMIT_MS = 15_000;
const EXPORT_LIMIT_MS = 20_000;
const POLL_MS = 20;

interface Job {
  id: string;
  state: string;
  error: string | null;
  sizeBytes: number | null;
  createdAtMs: number;
  finishedAtMs: number | null;
}

/** Lossless export of one hour through the HTTP API, beside `cp` of the same bytes to the same disk. */
export async function run(): Promise<void> {
  await inScratchFolder(async (folder) => {
    // The built-in PostgreSQL's own user has to get through.
    await chmod(folder, 0o755);
    const recording = await makeRecording(path.join(folder, 'storage'), {
      lengthSec: LENGTH_SEC,
      videoBps: VIDEO_BPS,
    });
    await indexStorage(path.join(folder, 'storage'), folder);
    const manager = await startManager(folder);
    try {
      const { stream, startUs, endUs } = recording;
      const turns: { exportSec: number; copySec: number; sizeBytes: number }[] = [];
      const untilMs = performance.now() + TURNS_LIMIT_MS;
      while (turns.length < TURNS && (turns.length === 0 || performance.now() < untilMs)) {
        const copySec = await copyOnce(recording.folder, path.join(folder, 'copy'));
        const { sec, sizeBytes } = await exportOnce(manager.origin, { stream, startUs, endUs });
        await rm(path.join(folder, 'exports'), { recursive: true, force: true });
        turns.push({ copySec, exportSec: sec, sizeBytes });
      }
      const peakMb = await peakMemoryMb(manager.pid);
      const rate = (sec: number, bytes: number): number => bytes / 1e6 / sec;
      const ratio = median(
        turns.map((turn) => rate(turn.exportSec, turn.sizeBytes) / rate(turn.copySec, recording.sizeBytes)),
      );
      const gigabytes = `${((turns[0]?.sizeBytes ?? 0) / 1e9).toFixed(2)} GB`;
      printFigure({
        name: `export of 1 h, ${gigabytes}, flushed and read back`,
        value: median(turns.map((turn) => rate(turn.exportSec, turn.sizeBytes))),
        unit: 'MB/s',
        ratio,
        aim: '>= 0.7 x cp',
      });
      printFigure({
        name: 'cp of the same bytes, flushed',
        value: median(turns.map((turn) => rate(turn.copySec, recording.sizeBytes))),
        unit: 'MB/s',
      });
      if (peakMb !== null) {
        printFigure({
          name: 'most memory of the manager meanwhile',
          value: peakMb,
          unit: 'MB',
          aim: '< 200 MB',
        });
      }
    } finally {
      await manager.stop();
    }
  });
}

/** Seconds that `cp` and the flush of what it wrote take: an export is not done before it is on the disk. */
async function copyOnce(from: string, to: string): Promise<number> {
  await mkdir(to, { recursive: true });
  const sec = await timedSec(async () => {
    await runProgram('cp', ['-r', from, to], EXPORT_LIMIT_MS);
    await runProgram('sync', ['-f', to], EXPORT_LIMIT_MS);
  });
  await rm(to, { recursive: true, force: true });
  return sec;
}

async function exportOnce(
  origin: string,
  range: { stream: string; startUs: number; endUs: number },
): Promise<{ sec: number; sizeBytes: number }> {
  let job: Job | undefined;
  const sec = await timedSec(async () => {
    const response = await fetch(`${origin}/api/exports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(range),
    });
    job = (await jobsOf(response))[0];
    while (job && job.state !== 'done') {
      if (job.state === 'failed') throw new Error(`The export failed: ${job.error}`);
      await delay(POLL_MS);
      const { id } = job;
      job = (await jobsOf(await fetch(`${origin}/api/exports`))).find((one) => one.id === id);
    }
  });
  return { sec, sizeBytes: job?.sizeBytes ?? 0 };
}

async function jobsOf(response: Response): Promise<Job[]> {
  if (!response.ok) throw new Error(`The manager answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { exports: Job[] }).exports;
}
