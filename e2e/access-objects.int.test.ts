import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import {
  type Answer,
  ask,
  database,
  dataFolder,
  setUpAccessBench,
  startManager,
} from './support/access-bench.ts';
import {
  accountsToml,
  type MatrixCredential,
  matrixCredentials,
  SECRET,
  STATIC_TOKEN,
} from './support/access-credentials.ts';
import { inParallel, opens, tableText, verdict } from './support/access-table.ts';

/**
 * Routes that name a stream in their body or query, or something that is of a stream: with good requests, so that each
 * credential gets as far as it may. What is right is written down here and in `access-credentials.ts`.
 */

setUpAccessBench();

const OWN = 'cam1';
const FOREIGN = 'cam2';

/** What there is of a stream. */
interface Things {
  readonly stream: string;
  readonly doneExport: string;
  readonly runningExport: string;
  readonly bookmark: string;
  readonly objectPath: string;
}
const things = new Map<string, Things>();

const EMPTY_EXPORT = { start_ts: 1, end_ts: 2, file_name: null, folder: null, duration_us: null } as const;

async function make(stream: string): Promise<Things> {
  const { db } = database();
  const dir = `${stream}/1790000500`;
  const objectPath = `${dir}/v_seg_0001.m4s`;
  await db
    .insertInto('recordings')
    .values({
      stream,
      node_alias: 'edge',
      dir,
      start_ts: 1_790_000_500_000_000,
      end_ts: 1_790_000_600_000_000,
    })
    .execute();
  await mkdir(join(dataFolder(), 'storage', dir), { recursive: true });
  await writeFile(join(dataFolder(), 'storage', objectPath), 'media');
  const addExport = async (state: 'done' | 'running') => {
    const row = {
      ...EMPTY_EXPORT,
      stream,
      state,
      finished_at: null,
      size_bytes: null,
      starts_early_us: null,
      gaps: '[]',
      error: null,
      manager_id: randomUUID(),
    };
    const { id } = await db.insertInto('exports').values(row).returning('id').executeTakeFirstOrThrow();
    return id;
  };
  const body = { stream, startUs: 1, endUs: 2, label: `of ${stream}`, isProtected: false };
  const bookmark = (await ask('POST', '/api/bookmarks', { token: STATIC_TOKEN, body })).json.id;
  return {
    stream,
    doneExport: await addExport('done'),
    runningExport: await addExport('running'),
    bookmark,
    objectPath,
  };
}

beforeAll(async () => {
  await startManager(`
    [auth]
    secret = "${SECRET}"
    tokens = ["${STATIC_TOKEN}"]
    ${accountsToml([OWN])}
    [[nodes]]
    alias = "edge"
    url = "http://127.0.0.1:9"
    [[nodes]]
    alias = "edge-2"
    url = "http://127.0.0.1:10"
  `);
  for (const stream of [OWN, FOREIGN]) things.set(stream, await make(stream));
});

interface Probe {
  readonly name: string;
  /** Accesses to the stream, all of them. */
  readonly needs: string;
  /** Access that has nothing to do with the stream. */
  readonly needsAnyway?: string;
  /** The request for what there is of a stream; `own` is always that of the own one. */
  request(of: Things, own: Things): readonly [method: string, path: string, body?: unknown];
  /** Unless said otherwise everything but 401 and 403 is a yes. */
  isYes?(answer: Answer, of: Things): boolean;
}

/** What is hidden from others is not there for them. */
const isThere = ({ status }: Answer) => ![401, 403, 404].includes(status);
const isGiven = ({ status }: Answer) => status === 200;
const query = (stream: string) => encodeURIComponent(stream);

const PROBES: readonly Probe[] = [
  {
    name: 'preview an export',
    needs: 'read',
    request: ({ stream }) => ['POST', '/api/exports/preview', { stream, startUs: 1, endUs: 2 }],
  },
  {
    name: 'export',
    needs: 'read execute',
    request: ({ stream }) => ['POST', '/api/exports', { stream, startUs: 1, endUs: 2 }],
  },
  {
    name: 'cancel an export',
    needs: 'read execute',
    request: ({ doneExport }) => ['POST', `/api/exports/${doneExport}/cancel`],
    isYes: isThere,
  },
  {
    name: 'retry an export',
    needs: 'read execute',
    request: ({ runningExport }) => ['POST', `/api/exports/${runningExport}/retry`],
    isYes: isThere,
  },
  {
    name: 'remove an export',
    needs: 'read execute',
    request: ({ runningExport }) => ['DELETE', `/api/exports/${runningExport}`],
    isYes: isThere,
  },
  {
    name: 'download an export',
    needs: 'read',
    request: ({ runningExport }) => ['GET', `/api/exports/${runningExport}/file`],
    isYes: isThere,
  },
  {
    name: 'see an export',
    needs: 'read',
    request: () => ['GET', '/api/exports'],
    isYes: ({ json }, { doneExport }) =>
      (json?.exports ?? []).some(({ id }: { id: string }) => id === doneExport),
  },
  {
    name: 'upload an object',
    needs: 'report',
    request: ({ objectPath: path }) => [
      'POST',
      '/api/storage/presign',
      { method: 'PUT', path, ttl_seconds: 60 },
    ],
    isYes: isGiven,
  },
  {
    name: 'sign the download of an object',
    needs: 'report read',
    request: ({ objectPath: path }) => [
      'POST',
      '/api/storage/presign',
      { method: 'get', path, ttl_seconds: 60 },
    ],
    isYes: isGiven,
  },
  {
    name: 'upload for a node',
    needs: 'report',
    request: ({ objectPath: path }) => [
      'POST',
      '/api/nodes/edge/api/storage/presign',
      { method: 'PUT', path, ttl_seconds: 60 },
    ],
    isYes: isGiven,
  },
  {
    name: 'report segments',
    needs: 'report',
    request: ({ stream }) => ['POST', '/api/segments/report', { node_alias: 'edge', stream, segments: [] }],
    isYes: isGiven,
  },
  {
    name: 'get an object',
    needs: 'read',
    request: ({ objectPath }) => ['GET', `/api/record/object/${objectPath}`],
    isYes: isGiven,
  },
  {
    name: 'see coverage',
    needs: 'read',
    request: ({ stream }) => ['GET', `/api/coverage?stream=${query(stream)}&start_ts=1&end_ts=2`],
  },
  {
    name: 'see recordings',
    needs: 'read',
    request: ({ stream }) => ['GET', `/api/index/recordings?stream=${query(stream)}`],
    isYes: ({ json }) => (json?.recordings ?? []).length > 0,
  },
  {
    name: 'see a bookmark',
    needs: 'read',
    request: ({ stream }) => ['GET', `/api/bookmarks?stream=${query(stream)}`],
    isYes: ({ json }) => (json?.bookmarks ?? []).length > 0,
  },
  {
    name: 'bookmark',
    needs: 'execute',
    needsAnyway: 'operate',
    request: ({ stream }) => [
      'POST',
      '/api/bookmarks',
      { stream, startUs: 1, endUs: 2, label: 'another', isProtected: false },
    ],
    isYes: isGiven,
  },
  {
    name: 'change a bookmark',
    needs: 'execute',
    needsAnyway: 'operate',
    request: ({ bookmark }) => ['PATCH', `/api/bookmarks/${bookmark}`, { label: 'changed' }],
    isYes: isGiven,
  },
  {
    name: 'give a bookmark to',
    needs: 'execute',
    needsAnyway: 'operate',
    request: ({ stream }, { bookmark }) => ['PATCH', `/api/bookmarks/${bookmark}`, { stream }],
    isYes: isGiven,
  },
  {
    name: 'relay',
    needs: 'execute',
    needsAnyway: 'operate',
    request: ({ stream }) => ['POST', '/api/cascades', { stream, source: 'edge', target: 'edge-2' }],
  },
  {
    name: 'mute alerts',
    needs: 'execute',
    needsAnyway: 'operate',
    request: ({ stream: name }) => [
      'POST',
      '/api/alert-mutes',
      { kind: null, object: { kind: 'stream', name }, endsAtMs: Date.now() + 60_000, reason: '' },
    ],
    isYes: isGiven,
  },
];

function isRight({ needs, needsAnyway }: Probe, { own, ...credential }: MatrixCredential, accesses: string) {
  if (credential.isForeignPage) return false;
  const hasAll = needs.split(' ').every((need) => opens(accesses, need));
  return hasAll && (needsAnyway === undefined || opens(own, needsAnyway));
}

async function isLetIn(probe: Probe, stream: string, credential: MatrixCredential): Promise<boolean> {
  const [of, own] = [things.get(stream) as Things, things.get(OWN) as Things];
  const [method, path, body] = probe.request(of, own);
  const answer = await ask(method, path, { ...credential.ask, ...(body === undefined ? {} : { body }) });
  expect(answer.status, `${probe.name} with ${credential.name}: ${answer.text}`).not.toBe(500);
  return probe.isYes ? probe.isYes(answer, of) : ![401, 403].includes(answer.status);
}

it('lets each credential do with each stream what it may, and nothing else', {
  timeout: 240_000,
}, async () => {
  // Of a page of another site only what changes something is stopped.
  const credentials = (await matrixCredentials({ own: OWN, foreign: FOREIGN })).filter(
    ({ isForeignPage }) => !isForeignPage,
  );
  const wrong: string[] = [];
  const found = new Map<string, string>();
  // What a bookmark belongs to changes meanwhile.
  const [moving, resting] = [
    PROBES.filter(({ name }) => name === 'give a bookmark to'),
    PROBES.filter(({ name }) => name !== 'give a bookmark to'),
  ];
  const tryProbe = async (probe: Probe) => {
    let row = '';
    for (const credential of credentials) {
      const [own, foreign] = [
        await isLetIn(probe, OWN, credential),
        await isLetIn(probe, FOREIGN, credential),
      ];
      if (probe.name === 'give a bookmark to')
        await isLetIn(probe, OWN, { ...credential, ask: { token: STATIC_TOKEN } });
      const expected = verdict(
        isRight(probe, credential, credential.own),
        isRight(probe, credential, credential.foreign),
      );
      const seen = verdict(own, foreign);
      if (seen !== expected) wrong.push(`${probe.name} with ${credential.name}: ${seen}, not ${expected}`);
      row += seen;
    }
    found.set(probe.name, row);
  };
  await inParallel(resting, tryProbe);
  await inParallel(moving, tryProbe);
  const rows = PROBES.map(({ name, needs, needsAnyway = '' }) => ({
    name,
    needs: `${needs} ${needsAnyway}`.trim(),
    verdicts: found.get(name) ?? '',
  }));
  console.log(tableText('Access to what is of a stream', credentials, rows, wrong.length));
  expect(wrong).toEqual([]);
});

it('gives out nothing that is no recording, whoever asks', async () => {
  const secret = join(dataFolder(), 'storage', OWN, '1790000500', 'secrets.key');
  await writeFile(secret, 'a key');
  for (const path of [`${OWN}/1790000500/secrets.key`, 'liveman.toml', 'etc/shadow']) {
    expect((await ask('GET', `/api/record/object/${path}`, { token: STATIC_TOKEN })).status, path).toBe(404);
  }
});
