import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { printFigure } from './support/figure.ts';
import { NODES, STREAMS_PER_NODE, tomlOf, waitUntilUp, withManager } from './support/large-cluster.ts';
import { type LightNodes, startLightNodes } from './support/light-nodes.ts';
import { peakMemoryMb, type RunningServer } from './support/processes.ts';
import { inScratchFolder } from './support/scratch.ts';

const CPU_MS = 6000;
const READ_MS = 2500;
const CONNECTIONS = 8;
const CHANGES = 2;
const TICKS_PER_SEC = 100;
/** Answers that grow with the cluster, and one that does not; as they are, packed, and known to the client already. */
const READS = [
  ...['/api/nodes/', '/api/streams/', '/api/cluster'].flatMap((url) =>
    (['plain', 'packed', 'known'] as const).map((form) => ({ url, form })),
  ),
  { url: '/api/status', form: 'plain' },
] as const;
type Read = (typeof READS)[number];

const FORM_WORDS = { plain: 'as it is', packed: 'gzip', known: 'If-None-Match' } as const;

/** What watching 1,000 nodes with 20 streams each costs, and what it leaves for those who ask. */
export async function run(): Promise<void> {
  const nodes = await startLightNodes(NODES, STREAMS_PER_NODE);
  try {
    const alone = await inScratchFolder((folder) =>
      withManager(folder, '', (manager) => readAll(manager, 0)),
    );
    await inScratchFolder((folder) =>
      withManager(folder, tomlOf(nodes), async (manager) => {
        await waitUntilUp(manager.origin);
        const aim = '< 30 % of a core';
        const ownPercent = await cpuPercent(manager);
        printFigure({ name: 'CPU, 1,000 nodes x 20 streams', value: ownPercent, unit: '%', aim });
        await readWithWindow(manager, nodes);
        const together = await readAll(manager, ownPercent);
        for (const [index, { form, url }] of READS.entries()) {
          const { cpuMs, perSec, megabytes } = together[index] as Reading;
          const before = alone[index] as Reading;
          const name = `GET ${url} ${FORM_WORDS[form]} (${megabytes.toFixed(2)} MB), ${CONNECTIONS} at once`;
          printFigure({
            name,
            value: perSec,
            unit: '/s',
            ratio: perSec / before.perSec,
            aim: 'x without nodes',
          });
          printFigure({
            name: '  CPU for each',
            value: cpuMs,
            unit: 'ms',
            ratio: cpuMs / before.cpuMs,
            aim: 'x without nodes',
          });
        }
        const peakMb = await peakMemoryMb(manager.pid);
        if (peakMb !== null) printFigure({ name: 'most memory', value: peakMb, unit: 'MB' });
      }),
    );
  } finally {
    await nodes.stop();
  }
}

interface Reading {
  readonly perSec: number;
  /** Of the manager for each answer, without what it does all the time; counts even where the machine is busy. */
  readonly cpuMs: number;
  readonly megabytes: number;
}

async function readAll(manager: RunningServer, ownPercent: number): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (const read of READS) readings.push(await readFor(manager, ownPercent, read));
  return readings;
}

/** Bodies are counted as they come and not unpacked, so that mostly the manager is measured. */
async function readFor(manager: RunningServer, ownPercent: number, { form, url }: Read): Promise<Reading> {
  const agent = new Agent({ connections: CONNECTIONS });
  const encoding = form === 'plain' ? 'identity' : 'gzip';
  let count = 0;
  let bytes = 0;
  let etag = '';
  const get = async () => {
    const { body, headers } = await request(manager.origin + url, {
      dispatcher: agent,
      headers: { 'accept-encoding': encoding, ...(form === 'known' ? { 'if-none-match': etag } : {}) },
    });
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) size += chunk.length;
    bytes = size;
    etag = String(headers.etag ?? '');
  };
  try {
    await get();
    const startTicks = await cpuTicks(manager);
    const startMs = performance.now();
    const reader = async () => {
      while (performance.now() - startMs < READ_MS) {
        await get();
        count += 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, reader));
    const durationMs = performance.now() - startMs;
    const busyMs = ((await cpuTicks(manager)) - startTicks) * (1000 / TICKS_PER_SEC);
    return {
      perSec: (count * 1000) / durationMs,
      cpuMs: (busyMs - (durationMs * ownPercent) / 100) / count,
      megabytes: bytes / 1e6,
    };
  } finally {
    await agent.close();
  }
}

/** The same with a window open, and how long a new stream takes to be seen there. */
async function readWithWindow(manager: RunningServer, nodes: LightNodes): Promise<void> {
  const stop = new AbortController();
  const seenMs = new Map<string, number>();
  const names = Array.from({ length: CHANGES }, (_, i) => `fresh-${i}`);
  const reading = followEvents(manager.origin, names, seenMs, stop.signal);
  await delay(2000);
  printFigure({ name: 'CPU with a window open', value: await cpuPercent(manager), unit: '%' });
  const tookSec: number[] = [];
  for (const [index, name] of names.entries()) {
    const startMs = performance.now();
    await nodes.addStream(index * 100, name);
    while (!seenMs.has(name) && performance.now() - startMs < 10_000) await delay(20);
    tookSec.push(((seenMs.get(name) ?? Number.NaN) - startMs) / 1000);
  }
  stop.abort();
  await reading;
  printFigure({
    name: "from a node's change to the window, longest",
    value: Math.max(...tookSec),
    unit: 's',
    aim: '< 6 (polled every 5 s)',
  });
}

async function followEvents(
  origin: string,
  names: readonly string[],
  seenMs: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  try {
    const response = await fetch(`${origin}/api/events`, { signal });
    let tail = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const text = tail + decoder.decode(chunk, { stream: true });
      for (const name of names) {
        if (!seenMs.has(name) && text.includes(`"${name}"`)) seenMs.set(name, performance.now());
      }
      tail = text.slice(-20);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Share of one core that the process used over some seconds. */
async function cpuPercent(server: RunningServer): Promise<number> {
  const before = await cpuTicks(server);
  const startMs = performance.now();
  await delay(CPU_MS);
  const seconds = (performance.now() - startMs) / 1000;
  return (((await cpuTicks(server)) - before) / TICKS_PER_SEC / seconds) * 100;
}

async function cpuTicks({ pid }: RunningServer): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
