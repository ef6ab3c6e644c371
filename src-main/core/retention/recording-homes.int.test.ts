import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../e2e/support/test-database.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { NodePlaces } from '../segments/node-places.ts';
import { FsStore } from '../storage/fs-store.ts';
import { StoreChain } from '../storage/store-chain.ts';
import {
  createRetentionBench,
  NOW_US,
  type RetentionBench,
  rule,
  SEGMENT_BYTES,
} from './retention-test-kit.ts';
import { runRetention } from './run-retention.ts';

/** Retention where several storages have a folder of the same path. */

let bench: RetentionBench;
let attic: string;
let places: NodePlaces;

beforeAll(async () => {
  bench = await createRetentionBench(await createTestDatabase());
});
afterAll(async () => {
  await bench?.close();
});
beforeEach(async () => {
  await bench.clear();
  await bench.query('truncate node_places');
  attic = await mkdtemp(join(tmpdir(), 'retention-attic-'));
  await mkdir(join(attic, 'lost+found'));
  await writeFile(join(attic, 'lost+found/x'), '');
  places = new NodePlaces({
    database: bench.database,
    placeOf: () => bench.store.name,
    isConfigured: () => true,
  });
  return () => rm(attic, { recursive: true, force: true });
});

/** The default storage is the one of the bench; nodes record there. */
function run() {
  const stores = [bench.store, new FsStore(attic)];
  const store = new StoreChain({
    stores,
    ofNode: () => bench.store,
    formerOf: async () => stores,
    recordedIn: (alias) => places.recordedIn(alias),
    readOthers: async () => [],
  });
  return runRetention({ ...bench.tools, store }, async () => [rule(['*'], { keepDays: 1 })]);
}

const record = (node: string) => bench.record('cam1', NOW_US - 5 * US_PER_DAY, 2, { node });

/** Another recording of the same path, with files as long as these. */
async function putOther(root: string, dir: string, sizeBytes: number, fill = 1): Promise<void> {
  await mkdir(join(root, dir), { recursive: true });
  for (const name of ['v_init', 'v_seg_0001', 'v_seg_0002', 'v_seg_0003', 'a_seg_0001']) {
    const bytes = name.startsWith('a_') ? SEGMENT_BYTES : sizeBytes;
    await writeFile(join(root, dir, `${name}.m4s`), Buffer.alloc(bytes, fill));
  }
}

const move = async (dir: string) => {
  await cp(join(bench.root, dir), join(attic, dir), { recursive: true });
  await rm(join(bench.root, dir), { recursive: true });
};
const filesOf = async (root: string, dir: string) => readdir(join(root, dir)).catch(() => []);
const rowCount = async () => (await bench.query('select count(*)::int as count from segments'))[0].count;

it('removes what was indexed of one storage there, and not from the one that nodes record to now', async () => {
  for (const node of ['storage', 'edge']) {
    const dir = await record(node);
    await move(dir);
    await putOther(bench.root, dir, SEGMENT_BYTES);
    await (node === 'edge' ? places.tell(node, attic) : places.guess(node, attic));
    expect(await run()).toMatchObject({ state: 'done', segments: 4, problem: null });
    expect(await filesOf(attic, dir)).toEqual([]);
    expect(await filesOf(bench.root, dir)).toHaveLength(5);
    await rm(join(bench.root, dir), { recursive: true });
  }
});

it('tells the storages that a node has recorded to apart by the sizes of the files', async () => {
  const dir = await record('edge');
  await move(dir);
  await putOther(bench.root, dir, SEGMENT_BYTES + 1);
  await places.tell('edge', attic);
  await places.tell('edge');
  expect(await run()).toMatchObject({ state: 'done', segments: 4, problem: null });
  expect(await filesOf(attic, dir)).toEqual([]);
  expect(await filesOf(bench.root, dir)).toHaveLength(5);
});

it('does the same where nothing is known of the place', async () => {
  const dir = await record('storage');
  await putOther(attic, dir, SEGMENT_BYTES + 1);
  expect(await run()).toMatchObject({ state: 'done', segments: 4, problem: null });
  expect(await filesOf(bench.root, dir)).toEqual([]);
  expect(await filesOf(attic, dir)).toHaveLength(5);
});

it('leaves what is not certain, and says so', async () => {
  const dir = await record('edge');
  await places.tell('edge', attic);
  await places.tell('edge');
  await putOther(attic, dir, SEGMENT_BYTES);
  const before = await bench.files();
  expect(await run()).toMatchObject({ state: 'failed', segments: 0 });
  expect(await bench.files()).toEqual(before);
  expect(await filesOf(attic, dir)).toHaveLength(5);
  expect(await rowCount()).toBe(4);
  const [problem] = await bench.query('select dir, problem from retention_problems');
  expect(problem).toMatchObject({ dir, problem: expect.stringContaining('It is not certain') });

  // The recording itself is gone; what has its path is another one.
  await rm(join(bench.root, dir), { recursive: true });
  await putOther(attic, dir, SEGMENT_BYTES + 1);
  // Of the pictures another file is there, the second one of the sound is nowhere: only its row may go.
  expect(await run()).toMatchObject({ state: 'failed', segments: 1 });
  expect(await filesOf(attic, dir)).toHaveLength(5);
});

it('removes both of two copies', async () => {
  const dir = await record('edge');
  await places.tell('edge', attic);
  await places.tell('edge');
  await cp(join(bench.root, dir), join(attic, dir), { recursive: true });
  expect(await run()).toMatchObject({ state: 'done', segments: 4, problem: null });
  expect([...(await filesOf(attic, dir)), ...(await filesOf(bench.root, dir))]).toEqual([]);
});

describe('a recording in a storage that was taken out of liveman.toml', () => {
  const harbour = '/srv/harbour';

  it.each([
    ['that it was seen in', 'edge', harbour],
    ['that its node recorded to', 'edge', null],
    ['that it was found in', 'storage', null],
  ])('%s keeps its rows, and the run says where it lies', async (_, node, place) => {
    const dir = await record(node);
    await rm(join(bench.root, dir), { recursive: true });
    await (node === 'edge' ? places.tell(node, harbour) : places.guess(node, harbour));
    await bench.query('update recordings set place = $1', place);
    await run();
    expect(await rowCount()).toBe(4);
    const [problem] = await bench.query('select problem from retention_problems');
    expect(problem?.problem).toContain(
      `${dir} lies in ${harbour}, which is no storage of liveman.toml any more`,
    );
    // Somebody has looked and knows that they are gone.
    await bench.query(`update segments set state = 'missing'`);
    await run();
    expect(await rowCount()).toBe(0);
  });

  it('goes from where its files are now', async () => {
    const dir = await record('edge');
    await places.tell('edge', harbour);
    await bench.query('update recordings set place = $1', harbour);
    expect(await run()).toMatchObject({ state: 'done', segments: 4, problem: null });
    expect(await filesOf(bench.root, dir)).toEqual([]);
  });
});
