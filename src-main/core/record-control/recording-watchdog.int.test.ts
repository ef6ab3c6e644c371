import { describe, expect, it } from 'vitest';
import { until } from '../../../e2e/support/cascade-rig.ts';
import {
  addNode,
  alerts,
  clock,
  cluster,
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
} from '../../../e2e/support/recording-bench.ts';
import { relayKey } from '../cascade/relay-links.ts';

const byHand = { enabled: false };

setUpRecordingBench();

describe('watchdog', () => {
  const alarm = 'recording-stalled cam1';

  it('alarms when a recording started by hand has ended though it is published, and resolves', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    const made = await control(byHand);
    await pass(4000);
    await made.startRecording('cam1', undefined, never);
    await pass(12_000);
    expect(alerts.open.size).toBe(0);
    await fetch(`${a.url}/api/record/cam1`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer token of a' },
    });
    expect(await passUntil('the alarm', () => alerts.open.has(alarm))).toBeLessThanOrEqual(15_000);
    expect(alerts.open.get(alarm)).toContain('started by hand, but it is not recorded');
    await made.startRecording('cam1', undefined, never);
    await passUntil('the end of the alarm', () => alerts.open.size === 0, 15_000);
  });

  it('alarms when no segment comes for three lengths, resolves when one does, and when nobody publishes', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    const made = await control();
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    const segment = () => {
      const endUs = clock.nowMs() * 1000;
      made.noteSegments({ stream: 'cam1', node: 'a', startUs: endUs - 10_000_000, endUs });
    };
    for (let i = 0; i < 3; i++) {
      await pass(10_000);
      segment();
    }
    expect(alerts.open.size).toBe(0);
    const passedMs = await passUntil('the alarm', () => alerts.open.has(alarm), 60_000);
    expect(passedMs).toBeGreaterThanOrEqual(30_000);
    expect(passedMs).toBeLessThanOrEqual(45_000);
    segment();
    await passUntil('the end of the alarm', () => alerts.open.size === 0, 4000);
    await passUntil('the next alarm', () => alerts.open.has(alarm), 60_000);
    // Still listed as connected for 5 s, then as disconnected for good: neither is publishing.
    a.unpublish('cam1', { isClean: false });
    await passUntil('the end of the alarm', () => alerts.open.size === 0, 15_000);
    await pass(60_000, 5000);
    expect(alerts.open.size).toBe(0);
  }, 60_000);

  it('restarts a stalled recording as often as it may, says so, and resolves when segments come', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    const made = await control({ restart_stalled: 2 });
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    const segment = () => {
      const endUs = clock.nowMs() * 1000;
      made.noteSegments({ stream: 'cam1', node: 'a', startUs: endUs - 10_000_000, endUs });
    };
    segment();
    await passUntil('the alarm', () => alerts.open.has(alarm), 60_000);
    await passUntil('another recording', () => records(a, 'cam1').length === 2 && isActive(a, 'cam1'));
    expect(alerts.open.get(alarm)).toContain('stopped and started again by itself once.');
    // Silent all the same: it is tried once more, and then left to the operator.
    await passUntil('a third one', () => records(a, 'cam1').length === 3, 120_000);
    await pass(150_000, 5000);
    expect(records(a, 'cam1')).toHaveLength(3);
    expect(alerts.open.get(alarm)).toContain('2 times, which is as often as it may be');
    segment();
    await passUntil('the end of the alarm', () => alerts.open.size === 0, 6000);
  }, 60_000);

  it('alarms on nodes that report, where nobody can be asked', async () => {
    const a = await addNode('a', 'push');
    a.publish('cam1', H264);
    const made = await control();
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    const endUs = clock.nowMs() * 1000;
    made.noteSegments({ stream: 'cam1', node: 'a', startUs: endUs - 10_000_000, endUs });
    await pass(25_000);
    expect(alerts.open.size).toBe(0);
    await passUntil('the alarm', () => alerts.open.has(alarm), 20_000);
  });

  it('gives a node that was away time for its first segments', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    const made = await control();
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    const endUs = clock.nowMs() * 1000;
    made.noteSegments({ stream: 'cam1', node: 'a', startUs: endUs - 10_000_000, endUs });
    await a.setFault({ kind: 'refuse' });
    await until('a is down', () => snapshot('a')?.health.state === 'down');
    await pass(120_000, 10_000);
    await a.setFault(undefined);
    await until('a is up', () => snapshot('a')?.health.state === 'up', 20_000);
    await pass(20_000);
    expect(alerts.open.size).toBe(0);
    await passUntil('the alarm', () => alerts.open.has(alarm), 60_000);
  });

  it('alarms when a node whose list is fetched never writes a segment', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    await control({}, { isSynced: true });
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    // Three lengths of a usual segment, and 15 s.
    expect(await passUntil('the alarm', () => alerts.open.has(alarm), 120_000)).toBeLessThanOrEqual(51_000);
    expect(alerts.open.get(alarm)).toContain('cam1 on a is recorded, but nothing arrives. No segment.');
  }, 30_000);

  it('says that another node is wanted where one cannot record', async () => {
    const a = await addNode('a', 'v0.9.0', { hasRecorder: false });
    a.publish('cam1', H264);
    await control();
    await passUntil('the alarm', () => alerts.open.has(alarm));
    expect(alerts.open.get(alarm)).toMatch(
      /It was built without the recorder\. Publish it to another node\.$/,
    );
  });

  it('takes the far end of a relay that has just ended for no publisher', async () => {
    const b = await addNode('b');
    b.publish('cam1', H264);
    relays.add(relayKey('b', 'cam1'));
    await control();
    await pass(5000);
    relays.clear();
    await pass(20_000);
    expect(records(b, 'cam1')).toEqual([]);
    expect(alerts.history).toEqual([]);
    b.unpublish('cam1', { isClean: true });
    await pass(2000);
    b.publish('cam1', H264);
    await passUntil('cam1 is recorded', () => isActive(b, 'cam1'));
  });

  it('alarms not, but says why and what helps, where the segments of a node never come into the index', async () => {
    const a = await addNode('a');
    const b = await addNode('b', 'daily');
    for (const node of [a, b]) node.publish('cam1', H264);
    const made = await control();
    for (const node of [a, b]) await passUntil('cam1 is recorded', () => isActive(node, 'cam1'));
    await pass(120_000, 5000);
    expect(alerts.open.size).toBe(0);
    const said = async (from: typeof made) =>
      (await from.list('cam1', never)).map(({ unwatched }) => unwatched);
    const remedy = 'Switch on record_sync in liveman.toml, or have the node report its segments.';
    expect(await said(made)).toEqual(
      ['a', 'b'].map((alias) => expect.stringMatching(`^No segment that ${alias} records .* ${remedy}$`)),
    );
    const endUs = clock.nowMs() * 1000;
    made.noteSegments({ stream: 'cam1', node: 'b', startUs: endUs - 10_000_000, endUs });
    expect(await said(made)).toEqual([expect.any(String), null]);
    // What nodes list is fetched: of one that lists it, silence is an alarm.
    const synced = await control({}, { isSynced: true });
    await pass(4000);
    expect((await said(synced))[0]).toBeNull();
  });

  it('takes an alarm back when its node leaves', async () => {
    const a = await addNode('a');
    a.publish('cam1', H264);
    const made = await control(byHand);
    await pass(4000);
    await made.startRecording('cam1', undefined, never);
    await pass(1000);
    await fetch(`${a.url}/api/record/cam1`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer token of a' },
    });
    await passUntil('the alarm', () => alerts.open.has(alarm));
    await cluster.remove('a');
    await passUntil('the end of the alarm', () => alerts.open.size === 0, 5000);
  });

  it('leaves the alarm of another manager open until a segment comes', async () => {
    const a = await addNode('a', 'push');
    a.publish('cam1', H264);
    const first = await control();
    await passUntil('cam1 is recorded', () => isActive(a, 'cam1'));
    const endUs = clock.nowMs() * 1000;
    const segment = { stream: 'cam1', node: 'a', startUs: endUs - 10_000_000, endUs };
    first.noteSegments(segment);
    await passUntil('the alarm', () => alerts.open.has(alarm), 60_000);
    const before = alerts.history.length;
    await first.close();
    const second = await control();
    await pass(40_000, 2000);
    expect(alerts.history.slice(before).filter((entry) => entry.startsWith('resolved'))).toEqual([]);
    second.noteSegments({ ...segment, endUs: clock.nowMs() * 1000 });
    await passUntil('the end of the alarm', () => alerts.open.size === 0, 6000);
  }, 30_000);
});
