import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { median, printFigure, timedSec } from './support/figure.ts';
import { freePort, type RunningServer, runProgram, started, startManager } from './support/processes.ts';
import { inScratchFolder } from './support/scratch.ts';

const OBJECT_BYTES = 1024 * 1024;
const OBJECTS = 200;
/** Each object is asked for so often in one round. */
const REPEATS = 4;
const ROUNDS = 9;
/** Until the manager's code is compiled and the files are in memory. */
const WARM_UP_ROUNDS = 4;
const CONNECTIONS = 8;
const ROUND_LIMIT_MS = 20_000;
const FOLDER = 'cam1/1795345208';
const LARGE_BYTES = 1_000_000_000;
/** So many at once, each another part of it. */
const READERS = 100;
const MEMORY_EVERY_MS = 50;
const LARGE_LIMIT_MS = 120_000;
const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'].find((file) => existsSync(file));

/**
 * Bytes per second of stored objects of 1 MiB through the real HTTP route, beside nginx on the same files; and the
 * memory that a hundred readers of one large object take.
 */
export async function run(): Promise<void> {
  await inScratchFolder(async (folder) => {
    // The built-in PostgreSQL's own user and nginx's have to get through.
    await chmod(folder, 0o755);
    const root = path.join(folder, 'storage');
    await makeObjects(path.join(root, FOLDER));
    const manager = await startManager(folder);
    const nginx = await startNginx(folder, root).catch(async (error: unknown) => {
      await manager.stop();
      throw error;
    });
    try {
      const bases = [`${manager.origin}/api/record/object/${FOLDER}`];
      if (nginx) bases.push(`${nginx.origin}/${FOLDER}`);
      const { rates, ratio } = await measure(bases);
      const [own = Number.NaN, best] = rates;
      const aim = '>= 0.8 x nginx';
      printFigure({
        name: `objects of 1 MiB served, ${CONNECTIONS} connections`,
        value: own,
        unit: 'MB/s',
        ...(best === undefined ? {} : { ratio, aim }),
      });
      if (best === undefined)
        console.log('nginx is not installed: no ratio (Debian: apt-get install nginx-light).');
      else printFigure({ name: 'the same by nginx', value: best, unit: 'MB/s' });
      await measureMemory(manager, root);
    } finally {
      await Promise.all([manager.stop(), nginx?.stop()]);
    }
  });
}

async function makeObjects(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const bytes = randomFillSync(Buffer.alloc(OBJECT_BYTES));
  for (let i = 0; i < OBJECTS; i += 1) {
    bytes.writeUInt32BE(i, 0);
    await writeFile(path.join(folder, `v_seg_${objectNumber(i)}.m4s`), bytes);
  }
}

/** Memory of the manager while many read one large object at once, each another part. */
async function measureMemory(manager: RunningServer, root: string): Promise<void> {
  const file = path.join(root, FOLDER, 'v_seg_9999.m4s');
  await writeFile(file, '');
  // Holes are read like bytes and take no room.
  await truncate(file, LARGE_BYTES);
  const before = await memoryMb(manager.pid);
  let peak = before;
  const timer = setInterval(async () => {
    peak = Math.max(peak, await memoryMb(manager.pid));
  }, MEMORY_EVERY_MS);
  const share = Math.floor(LARGE_BYTES / READERS);
  const sec = await timedSec(() =>
    Promise.all(
      Array.from({ length: READERS }, (_, i) => {
        const range = `${i * share}-${(i + 1) * share - 1}`;
        const url = `${manager.origin}/api/record/object/${FOLDER}/v_seg_9999.m4s`;
        return runProgram(
          'curl',
          ['--silent', '--fail', '-r', range, '-o', '/dev/null', url],
          LARGE_LIMIT_MS,
        );
      }),
    ),
  );
  clearInterval(timer);
  printFigure({
    name: `memory for ${READERS} ranges of a 1 GB object, above idle`,
    value: peak - before,
    unit: 'MB',
    aim: `<= 4 MB each (in ${sec.toFixed(1)} s)`,
  });
}

/** What a process holds now, in megabytes. */
async function memoryMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024) / 1e6;
}

const objectNumber = (i: number): string => String(i + 1).padStart(4, '0');

async function startNginx(folder: string, root: string): Promise<RunningServer | null> {
  if (NGINX === undefined) return null;
  const port = await freePort();
  const configPath = path.join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${path.join(folder, `nginx-${name}`)};`,
  );
  const lines = [
    'daemon off;',
    'worker_processes auto;',
    `pid ${path.join(folder, 'nginx.pid')};`,
    'error_log /dev/null;',
    'events { worker_connections 256; }',
    'http {',
    ...temporary,
    '  access_log off;',
    '  sendfile on;',
    '  tcp_nopush on;',
    '  keepalive_requests 1000000;',
    `  server { listen 127.0.0.1:${port}; root ${root}; }`,
    '}',
  ];
  await writeFile(configPath, lines.join('\n'));
  return started(spawn(NGINX, ['-c', configPath], { stdio: 'ignore' }), port);
}

/**
 * Megabytes per second of each server, the median of rounds that take turns, and the median ratio of the first to the
 * last: within one turn both have the same neighbours on the machine.
 */
async function measure(bases: readonly string[]): Promise<{ rates: number[]; ratio: number }> {
  const rounds: number[][] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    const rates: number[] = [];
    for (const base of bases) {
      const sec = await timedSec(() => readAll(base));
      rates.push((OBJECTS * REPEATS * OBJECT_BYTES) / 1e6 / sec);
    }
    if (round >= WARM_UP_ROUNDS) rounds.push(rates);
  }
  return {
    rates: bases.map((_, i) => median(rounds.map((rates) => rates[i] ?? Number.NaN))),
    ratio: median(rounds.map((rates) => (rates[0] ?? Number.NaN) / (rates.at(-1) ?? Number.NaN))),
  };
}

/** curl, as it costs the machine least, once per connection: each reads its share of the objects. */
async function readAll(base: string): Promise<void> {
  const reads = Array.from({ length: CONNECTIONS }, (_, c) => {
    const urls = `${base}/v_seg_[${objectNumber(c)}-${objectNumber(OBJECTS - 1)}:${CONNECTIONS}].m4s`;
    const sinks = Array.from({ length: REPEATS }, () => ['-o', '/dev/null', urls]).flat();
    return runProgram('curl', ['--silent', '--fail', '--max-time', '20', ...sinks], ROUND_LIMIT_MS);
  });
  await Promise.all(reads);
}
