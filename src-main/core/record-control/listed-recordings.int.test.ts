import { expect, it } from 'vitest';
import { until } from '../../../e2e/support/cascade-rig.ts';
import {
  addNode,
  clock,
  control,
  H264,
  isActive,
  never,
  pass,
  passUntil,
  records,
  setUpRecordingBench,
  snapshot,
  test,
} from '../../../e2e/support/recording-bench.ts';
import { writeReports } from '../segments/report.ts';
import { SegmentPartitions } from '../segments/segment-partitions.ts';

/** What is listed of recordings from their start on, before segments come and where none ever does. */

const byHand = { enabled: false };

setUpRecordingBench();

async function rows() {
  const { rows } = await test.database.pool.query(
    `select stream, node_alias as node, dir, record, status, begun_ts is not null as is_empty, segment_count::int as count
    from recordings order by start_ts, session_no`,
  );
  return rows as { dir: string; status: string; is_empty: boolean; count: number; record: string }[];
}

/** A segment with wall times that ends now, as a node that reports sends it. */
async function segment(node: string, stream: string, dir: string, seq: number): Promise<void> {
  const endUs = clock.nowMs() * 1000;
  await new SegmentPartitions(test.database.db, clock).ensure([endUs]);
  const report = {
    node_alias: node,
    stream,
    segments: [
      {
        start_ts: endUs - 10_000_000,
        end_ts: endUs,
        duration_ms: 10_000,
        path: `${dir}/v_seg_${String(seq).padStart(4, '0')}.m4s`,
        is_keyframe: true,
      },
    ],
  };
  await test.database.db.transaction().execute((trx) => writeReports(trx, [{ report, arrivedAtUs: endUs }]));
}

it('lists a recording with its start, lets segments take the row, and completes it when it is stopped', async () => {
  const a = await addNode('a');
  a.publish('cam1', H264);
  const made = await control(byHand);
  await pass(4000);
  const path = await made.startRecording('cam1', undefined, never);
  const dir = path.slice(0, path.lastIndexOf('/'));
  const record = dir.split('/').at(-1);
  const listed = { stream: 'cam1', node: 'a', dir, record };
  expect(await rows()).toEqual([{ ...listed, status: 'active', is_empty: true, count: 0 }]);
  // A repeat is answered with the same recording.
  await made.startRecording('cam1', undefined, never);
  expect(await rows()).toHaveLength(1);
  await pass(10_000);
  await segment('a', 'cam1', dir, 1);
  await segment('a', 'cam1', dir, 2);
  expect(await rows()).toEqual([{ ...listed, status: 'active', is_empty: false, count: 2 }]);
  await pass(30_000, 5000);
  expect(await rows()).toMatchObject([{ status: 'active' }]);
  await made.stopRecording('cam1', undefined, never);
  expect(await rows()).toEqual([{ ...listed, status: 'completed', is_empty: false, count: 2 }]);
}, 30_000);

it('lists nothing where a start fails', async () => {
  const a = await addNode('a');
  a.publish('cam1', H264);
  const made = await control(byHand);
  await pass(4000);
  await a.setFault({ kind: 'hang' });
  await expect(made.startRecording('cam1', undefined, never)).rejects.toMatchObject({ code: 'node_timeout' });
  expect(await rows()).toEqual([]);
});

it('ends a recording that wrote nothing as failed, as unknown where nothing of its node is seen', async () => {
  const a = await addNode('a');
  const b = await addNode('b', 'push');
  const c = await addNode('c', 'daily');
  a.publish('cam1', H264);
  b.publish('cam2', H264);
  c.publish('cam3', H264);
  const made = await control(byHand, { isSynced: true });
  await pass(4000);
  for (const stream of ['cam1', 'cam2', 'cam3']) await made.startRecording(stream, undefined, never);
  expect((await rows()).map(({ status }) => status)).toEqual(['active', 'active', 'active']);
  await made.stopRecording('cam1', undefined, never);
  b.unpublish('cam2', { isClean: true });
  await made.stopRecording('cam3', undefined, never);
  // Reports of the last segment may still come.
  await pass(30_000, 5000);
  expect((await rows()).map(({ status }) => status)).toEqual(['active', 'active', 'active']);
  await passUntil(
    'all have ended',
    async () => (await rows()).every(({ status }) => status !== 'active'),
    90_000,
  );
  const found = Object.fromEntries((await rows()).map(({ dir, status }) => [dir.split('/')[0], status]));
  expect(found).toEqual({ cam1: 'failed', cam2: 'unknown', cam3: 'unknown' });
  // What comes very late finds its row all the same.
  const ofCam1 = async () => (await rows()).filter(({ dir }) => dir.startsWith('cam1/'));
  const [first] = await ofCam1();
  await segment('a', 'cam1', first?.dir ?? '', 1);
  expect(await ofCam1()).toMatchObject([{ status: 'completed', count: 1 }]);
}, 60_000);

it('begins a second recording of one day beside the first, and knows the running one after a restart', async () => {
  const c = await addNode('c', 'daily');
  c.publish('cam1', H264);
  const made = await control(byHand);
  await pass(4000);
  const path = await made.startRecording('cam1', undefined, never);
  const dir = path.slice(0, path.lastIndexOf('/'));
  await pass(11_000);
  await segment('c', 'cam1', dir, 1);
  await made.stopRecording('cam1', undefined, never);
  await made.startRecording('cam1', undefined, never);
  expect(await rows()).toMatchObject([
    { dir, status: 'completed', count: 1 },
    { dir, status: 'active', is_empty: true },
  ]);
  await pass(21_000);
  await segment('c', 'cam1', dir, 1);
  await made.close();
  const again = await control(byHand);
  await pass(2000);
  await again.startRecording('cam1', undefined, never);
  await pass(15_000, 5000);
  expect(await rows()).toMatchObject([
    { status: 'completed', count: 1 },
    { status: 'active', count: 1 },
  ]);
}, 30_000);

it('leaves a recording running while its node is away, and ends it when the node says so or leaves', async () => {
  const a = await addNode('a');
  a.publish('cam1', H264);
  a.publish('cam2', H264);
  const made = await control(byHand);
  await pass(4000);
  for (const stream of ['cam1', 'cam2']) await made.startRecording(stream, undefined, never);
  for (const row of await rows()) await segment('a', row.dir.split('/')[0] ?? '', row.dir, 1);
  await a.setFault({ kind: 'refuse' });
  await until('a is down', () => snapshot('a')?.health.state === 'down');
  await pass(60_000, 10_000);
  expect((await rows()).map(({ status }) => status)).toEqual(['active', 'active']);
  await a.setFault(undefined);
  await until('a is up', () => snapshot('a')?.health.state === 'up', 20_000);
  await fetch(`${a.url}/api/record/cam1`, {
    method: 'DELETE',
    headers: { authorization: 'Bearer token of a' },
  });
  const statusOf = async (stream: string) =>
    (await rows()).find(({ dir }) => dir.startsWith(`${stream}/`))?.status;
  await passUntil('the end of cam1', async () => (await statusOf('cam1')) === 'completed', 60_000);
  expect(await statusOf('cam2')).toBe('active');
}, 60_000);

it('lists each recording of a rotation', async () => {
  const a = await addNode('a');
  a.publish('cam1', H264);
  await control({ base_prefix: 'archive', max_recording_seconds: 600, tick_ms: 5000 });
  await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
  await passUntil('it is listed', async () => (await rows()).length === 1, 5000);
  await pass(640_000, 20_000);
  expect(records(a, 'cam1')).toHaveLength(2);
  const found = await rows();
  expect(found.map(({ record }) => record)).toEqual(records(a, 'cam1').map(({ record }) => record));
  expect(found[1]?.status).toBe('active');
}, 60_000);
