import { describe, expect, it } from 'vitest';
import { until } from '../../../e2e/support/cascade-rig.ts';
import {
  addNode,
  alerts,
  clock,
  control,
  H264,
  isActive,
  never,
  pass,
  passUntil,
  records,
  relays,
  setUpRecordingBench,
  snapshot,
  test,
} from '../../../e2e/support/recording-bench.ts';
import { relayKey } from '../cascade/relay-links.ts';

const byHand = { enabled: false };

setUpRecordingBench();

describe('by itself', () => {
  it.each(['daily', 'v0.9.0', 'head'] as const)(
    'records live streams of a %s node that match',
    async (generation) => {
      const a = await addNode('a', generation);
      a.publish('cam1', H264);
      a.publish('other', H264);
      const made = await control({ base_prefix: '/archive/' });
      await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
      expect(records(a, 'cam1')[0]?.recordDir).toMatch(/^archive\/a\/cam1\/\d{10}$/);
      expect(records(a, 'other')).toEqual([]);
      await passUntil('it is known', async () => {
        const [view] = await made.list('cam1', never);
        return view?.isRecording === true;
      });
      expect(await made.list('cam1', never)).toMatchObject([
        {
          node: 'a',
          isLive: true,
          isRecording: true,
          wish: 'auto',
          mayRecord: true,
          mayStop: true,
          reason: null,
        },
      ]);
      expect(made.willRecord('cam7')).toBe(true);
      expect(made.willRecord('other')).toBe(false);
      await pass(15_000);
      expect(records(a, 'cam1')).toHaveLength(1);
      expect(alerts.history.filter((entry) => entry.startsWith('raised'))).toEqual([]);
    },
  );

  it.each(['push', 'pull'] as const)('starts %s nodes over their old route', async (generation) => {
    const a = await addNode('a', generation);
    a.publish('cam1', H264);
    await control({ base_prefix: 'archive' });
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    await pass(5000);
    expect(records(a, 'cam1')).toHaveLength(1);
  });

  it('leaves the folder to the node without a prefix', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    await control();
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    expect(records(a, 'cam1')[0]?.recordDir).toMatch(/^cam1\/\d{10}$/);
  });

  it('starts nothing without a publisher that sends, nor on the far end of a relay', async () => {
    const a = await addNode('a', 'head', { provisioned: ['cam-empty'] });
    const b = await addNode('b');
    b.publish('cam-far', H264);
    a.publish('cam-silent', { codecs: ['h264'], bitrateBps: 0 });
    relays.add(relayKey('b', 'cam-far'));
    await control();
    await pass(15_000);
    expect([...a.recordings.all(), ...b.recordings.all()]).toEqual([]);
    expect(alerts.history.filter((entry) => entry.startsWith('raised'))).toEqual([]);
  });

  it('is held up by no node that hangs, and goes on there when it is well again', async () => {
    const [a, b] = [await addNode('a'), await addNode('b')];
    a.publish('cam1', H264);
    await until('cam1 is seen', () => snapshot('a')?.streams.length === 1);
    await control();
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    a.publish('cam2', H264);
    b.publish('cam3', H264);
    await until(
      'all are seen',
      () => snapshot('a')?.streams.length === 2 && snapshot('b')?.streams.length === 1,
    );
    await a.setFault({ kind: 'hang' });
    await passUntil('cam3 is recorded', () => isActive(b, 'cam3'), 5000);
    await a.setFault(undefined);
    const seenMs = snapshot('a')?.lastSeenMs ?? 0;
    await until('a answers again', () => (snapshot('a')?.lastSeenMs ?? 0) > seenMs, 20_000);
    await passUntil('cam2 is recorded', () => isActive(a, 'cam2'), 60_000);
  });

  it('backs off where a start fails, and alarms', async () => {
    const a = await addNode('a', 'push');
    // Nodes of this generation wait for a video track.
    a.publish('cam1', { codecs: ['h264'], bitrateBps: 800_000 });
    const made = await control();
    await until('cam1 is seen', () => snapshot('a')?.streams.length === 1);
    a.streams.find('cam1')!.codecs = [];
    await pass(1000);
    expect(records(a, 'cam1')).toEqual([]);
    const [view] = await made.list('cam1', never);
    expect(view).toMatchObject({ mayRecord: false });
    await passUntil('the alarm', () => alerts.open.has('recording-stalled cam1'), 15_000);
  });

  it('asks nodes without a recorder once', async () => {
    const a = await addNode('a', 'push', { hasRecorder: false });
    a.publish('cam1', H264);
    const made = await control();
    await pass(10_000);
    expect(await made.list('cam1', never)).toMatchObject([
      { mayRecord: false, reason: 'It was built without the recorder.' },
    ]);
    await expect(made.startRecording('cam1', undefined, never)).rejects.toMatchObject({ code: 'conflict' });
    const b = await addNode('b', 'v0.9.0', { hasRecorder: false });
    b.publish('cam2', H264);
    await until('cam2 is seen', () => snapshot('b')?.streams.length === 1);
    expect(await made.list('cam2', never)).toMatchObject([{ mayRecord: false }]);
  });

  it('rotates each recording at its own age', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    await control({ base_prefix: 'archive', max_recording_seconds: 600, tick_ms: 5000 });
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    await pass(300_000, 10_000);
    a.publish('cam2', H264);
    await passUntil('cam2 is recorded', () => isActive(a, 'cam2'));
    await pass(330_000, 10_000);
    expect(records(a, 'cam1').map((row) => row.status)).toEqual(['Completed', 'Active']);
    expect(records(a, 'cam2').map((row) => row.status)).toEqual(['Active']);
    const [first, second] = records(a, 'cam1');
    const ageSec = Number(second!.record) - Number(first!.record);
    expect(ageSec).toBeGreaterThanOrEqual(600);
    expect(ageSec).toBeLessThan(640);
    await pass(300_000, 10_000);
    expect(records(a, 'cam2').map((row) => row.status)).toEqual(['Completed', 'Active']);
  }, 60_000);

  it('knows the age of recordings that ran before it started', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    await until('cam1 is seen', () => snapshot('a')?.streams.length === 1);
    const before = await control(byHand);
    await pass(3000);
    await before.startRecording('cam1', undefined, never);
    await before.close();
    await test.database.db.deleteFrom('recorders').execute();
    await pass(500_000, 50_000);
    await control({ max_recording_seconds: 600 });
    await pass(60_000, 10_000);
    expect(records(a, 'cam1')).toHaveLength(1);
    await pass(80_000, 10_000);
    expect(records(a, 'cam1').map((row) => row.status)).toEqual(['Completed', 'Active']);
  }, 60_000);
});

describe('by hand', () => {
  it('starts, says so and stops', async () => {
    const a = await addNode('a');
    const b = await addNode('b');
    a.publish('cam 1/ä', H264);
    b.streams.ensure('cam 1/ä', { isProvisioned: true });
    const made = await control({ ...byHand, base_prefix: 'archive' });
    await pass(4000);
    expect(await made.isRecording('cam 1/ä', undefined, never)).toBe(false);
    const path = await made.startRecording('cam 1/ä', undefined, never);
    expect(path).toMatch(/^archive\/a\/cam 1%2Fä\/\d{10}\/manifest\.mpd$/);
    expect(await made.isRecording('cam 1/ä', undefined, never)).toBe(true);
    expect(await made.isRecording('cam 1/ä', 'b', never)).toBe(false);
    expect(await made.stopRecording('cam 1/ä', undefined, never)).toBe(true);
    expect(await made.stopRecording('cam 1/ä', undefined, never)).toBe(false);
    expect(isActive(a, 'cam 1/ä')).toBe(false);
    await expect(made.startRecording('cam 1/ä', 'b', never)).rejects.toMatchObject({
      code: 'conflict',
      message: 'b: Nobody publishes the stream there now.',
    });
    await expect(made.startRecording('cam 1/ä', 'x', never)).rejects.toMatchObject({ code: 'not_found' });
    await expect(made.startRecording('nowhere', undefined, never)).rejects.toMatchObject({
      code: 'no_available_node',
    });
  });

  it('answers for DAILY without a record id, and for PUSH without a body', async () => {
    const a = await addNode('a', 'daily');
    const b = await addNode('b', 'push');
    a.publish('cam1', H264);
    b.publish('cam2', H264);
    const made = await control(byHand);
    await pass(2000);
    const day = new Date(clock.nowMs()).toISOString().slice(0, 10).replaceAll('-', '/');
    expect(await made.startRecording('cam1', undefined, never)).toBe(`cam1/${day}/manifest.mpd`);
    expect(await made.startRecording('cam2', undefined, never)).toBe(`cam2/${day}/manifest.mpd`);
    await expect(made.stopRecording('cam2', undefined, never)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('gives up a start that hangs, in words', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    const made = await control(byHand);
    await pass(4000);
    await a.setFault({ kind: 'hang' });
    await expect(made.startRecording('cam1', undefined, never)).rejects.toMatchObject({
      code: 'node_timeout',
      message: expect.stringContaining('No answer within 0.4 s'),
    });
  });

  it('keeps what was stopped by hand stopped until it is published anew, over a restart too', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    const before = await control();
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    expect(await before.stopRecording('cam1', undefined, never)).toBe(true);
    await pass(5000);
    await before.close();
    await control();
    await pass(15_000);
    expect(isActive(a, 'cam1')).toBe(false);
    expect(alerts.open.size).toBe(0);
    a.unpublish('cam1', { isClean: true });
    await pass(1000);
    a.publish('cam1', H264);
    await passUntil('cam1 is recorded again', () => isActive(a, 'cam1'));
  });
});
