import { execFile } from 'node:child_process';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { recordingFolders } from '../src-main/core/segments/storage-folders.ts';
import { FsStore } from '../src-main/core/storage/fs-store.ts';
import type { ObjectStore } from '../src-main/core/storage/object-store.ts';
import { S3Store } from '../src-main/core/storage/s3-store.ts';
import { printFigure, timedSec } from './support/figure.ts';
import { inScratchFolder } from './support/scratch.ts';

/** Sixty recordings of a day each, in segments of 10 s, with sound: a little more than a million objects. */
const FOLDERS = 60;
const SEGMENTS = 8640;
const START_SEC = 1_795_345_208;
/** A file system lets no file have many more names. */
const NAMES_PER_FILE = 30_000;
const PAGE_KEYS = 1000;
const FIND_LIMIT_MS = 600_000;

/** Listing a storage of more than a million objects into recordings, beside `find` and beside the bare service. */
export async function run(): Promise<void> {
  await inScratchFolder(async (folder) => {
    const root = path.join(folder, 'storage');
    const count = makeObjects(root);
    const find = () =>
      promisify(execFile)('sh', ['-c', `find '${root}' -type f -printf '%p %s %T@\\n' | wc -l`], {
        timeout: FIND_LIMIT_MS,
      });
    // Once, so that both find the names in memory.
    await find();
    const findSec = await timedSec(find);
    const own = await listed(new FsStore(root), count);
    printRates('folder', count, own, findSec, '`find` with sizes and times');
  });
  const server = await startListing();
  try {
    const { port } = server.address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    const count = FOLDERS * (2 * SEGMENTS + 2);
    const plainSec = await timedSec(() => readPages(origin));
    const store = new S3Store({
      bucket: 'b',
      endpoint: origin,
      region: 'us-east-1',
      access_key_id: 'key',
      secret_access_key: 'secret',
      disable_config_load: true,
    });
    printRates('bucket', count, await listed(store, count), plainSec, 'the pages fetched and not read');
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

interface Listed {
  sec: number;
  peakMb: number;
}

/** Goes through a storage as `liveman index` does, and counts. */
async function listed(store: ObjectStore, expected: number): Promise<Listed> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 50);
  let count = 0;
  let folders = 0;
  const sec = await timedSec(async () => {
    for await (const { folder } of recordingFolders(store.list(''))) {
      count += folder.files.length;
      folders += 1;
    }
  });
  clearInterval(timer);
  if (count !== expected || folders !== FOLDERS) {
    throw new Error(`Listed ${count} objects in ${folders} folders, not ${expected} in ${FOLDERS}.`);
  }
  return { sec, peakMb: (peak - before) / 1e6 };
}

function printRates(place: string, count: number, own: Listed, bestSec: number, best: string): void {
  printFigure({
    name: `${count.toLocaleString('en')} objects of a ${place} listed`,
    value: count / own.sec,
    unit: 'objects/s',
    ratio: bestSec / own.sec,
    aim: `to ${best}`,
  });
  printFigure({
    name: `memory for that, above the start`,
    value: own.peakMb,
    unit: 'MB',
    aim: '< 200, at any size',
  });
}

function objectNames(): string[] {
  const numbers = Array.from({ length: SEGMENTS }, (_, i) => String(i + 1).padStart(4, '0'));
  return ['a_', 'v_'].flatMap((track) => [
    `${track}init.m4s`,
    ...numbers.map((number) => `${track}seg_${number}.m4s`),
  ]);
}

const folderName = (i: number): string => `cam${String(i).padStart(3, '0')}/${START_SEC + i}`;

/** Small files; most are names of others, which takes a tenth of the time and lists alike. */
function makeObjects(root: string): number {
  const names = objectNames();
  let count = 0;
  let source = '';
  mkdirSync(root, { recursive: true });
  for (let i = 0; i < FOLDERS; i += 1) {
    const folder = path.join(root, folderName(i));
    mkdirSync(folder, { recursive: true });
    for (const name of names) {
      const file = path.join(folder, name);
      if (count % NAMES_PER_FILE === 0) {
        source = file;
        writeFileSync(file, 'media');
      } else {
        linkSync(source, file);
      }
      count += 1;
    }
  }
  return count;
}

/** An S3 service that knows one call, ListObjectsV2, and has its pages ready. */
async function startListing(): Promise<Server> {
  const names = objectNames();
  const total = FOLDERS * names.length;
  const keyAt = (i: number) => `${folderName(Math.floor(i / names.length))}/${names[i % names.length]}`;
  const pageFrom = (start: number): string => {
    const end = Math.min(total, start + PAGE_KEYS);
    const contents: string[] = [];
    for (let i = start; i < end; i += 1) {
      contents.push(
        `<Contents><Key>${keyAt(i)}</Key><LastModified>2026-11-22T11:00:00.000Z</LastModified><ETag>&quot;${i}&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>`,
      );
    }
    const next = end < total ? `<NextContinuationToken>${end}</NextContinuationToken>` : '';
    return `<?xml version="1.0"?><ListBucketResult><Name>b</Name><IsTruncated>${end < total}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
  };
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://x').searchParams;
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(pageFrom(Number(query.get('continuation-token') ?? 0)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function readPages(origin: string): Promise<void> {
  for (let token: string | undefined = '0'; token !== undefined; ) {
    const reply: Response = await fetch(`${origin}/b?list-type=2&continuation-token=${token}`);
    token = /<NextContinuationToken>(\d+)</.exec((await reply.text()).slice(0, 500))?.[1];
  }
}
