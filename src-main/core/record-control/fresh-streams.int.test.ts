import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import { AlertLog } from '../../../e2e/support/cascade-rig.ts';
import { type RoutingCluster, startRoutingCluster } from '../../../e2e/support/routing-cluster.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { createFakeNode, type FakeNode } from '../../demo/fake-node/fake-node.ts';
import type { FakeNodeOptions } from '../../demo/fake-node/node-options.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { RecordControl } from './record-control.ts';

// Streams that began after their node was polled: the next poll comes long after the test is over.
const POLL_MS = 600_000;
const MEDIA = { codecs: ['h264', 'opus'], bitrateBps: 800_000 };
const never = new AbortController().signal;

let test: TestDatabase;
let closing: (() => Promise<unknown>)[];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(() => {
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function setUp(
  options: Partial<FakeNodeOptions> = {},
): Promise<{ a: FakeNode; b: FakeNode; steered: RoutingCluster; control: RecordControl }> {
  const a = await createFakeNode({ generation: 'head', ...options });
  const b = await createFakeNode({ generation: 'v0.9.0', ...options });
  closing.push(() => Promise.all([a.close(), b.close()]));
  const nodes = [
    { alias: 'a', url: a.url },
    { alias: 'b', url: b.url },
  ];
  const steered = await startRoutingCluster({ database: test.database, nodes, pollIntervalMs: POLL_MS });
  closing.push(() => steered.close());
  await steered.until(() => steered.cluster.snapshots().every(({ identity }) => identity !== null));
  const control = new RecordControl({
    cluster: steered.cluster,
    database: test.database,
    config: {
      enabled: false,
      auto_streams: [],
      base_prefix: '',
      tick_ms: 1000,
      max_recording_seconds: 0,
      restart_stalled: 0,
    },
    alerts: new AlertLog(),
    relayTargets: () => new Set(),
    look: steered.routing.finder,
    clock: systemClock,
    logger: silentLogger,
  });
  closing.push(() => control.close());
  control.start();
  return { a, b, steered, control };
}

const isRecorded = (node: FakeNode, stream: string) =>
  node.recordings.all().some((row) => row.stream === stream && row.status === 'Active');

describe('a stream that no poll has shown', () => {
  it('is found and recorded at once, on whichever node', async () => {
    const { a, b, control } = await setUp();
    a.publish('cam1', MEDIA);
    b.publish('cam2', MEDIA);
    await control.startRecording('cam1', undefined, never);
    await control.startRecording('cam2', 'b', never);
    expect([isRecorded(a, 'cam1'), isRecorded(b, 'cam2')]).toEqual([true, true]);
    expect(await control.isRecording('cam1', undefined, never)).toBe(true);
  });

  it('is offered to the window', async () => {
    const { a, control } = await setUp();
    a.publish('cam3', MEDIA);
    expect(await control.list('cam3', never)).toMatchObject([
      { node: 'a', stream: 'cam3', isRecording: false, mayRecord: true, reason: null },
    ]);
  });

  it('is waited for while its publisher connects', async () => {
    const { a, b, control, steered } = await setUp({ connectDelayMs: 800 });
    const headers = { 'content-type': 'application/sdp' };
    const body = capturedOffer('whip/cam1');
    const reply = await fetch(`${steered.url}/whip/cam4`, { method: 'POST', headers, body });
    expect(reply.status).toBe(201);
    const holder = [a, b].find((node) => node.streams.find('cam4'));
    expect(holder?.streams.find('cam4')?.publisher?.state).not.toBe('connected');
    await control.startRecording('cam4', undefined, never);
    expect(holder && isRecorded(holder, 'cam4')).toBe(true);
  });

  it('is refused in words where it is nowhere, or nobody publishes it', async () => {
    const { a, control } = await setUp({ provisioned: ['empty'] });
    a.streams.ensure('left');
    await expect(control.startRecording('nowhere', undefined, never)).rejects.toMatchObject({
      code: 'no_available_node',
    });
    await expect(control.startRecording('nowhere', 'x', never)).rejects.toMatchObject({ code: 'not_found' });
    await expect(control.startRecording('left', undefined, never)).rejects.toMatchObject({
      code: 'conflict',
      message: 'a: Nobody publishes the stream there now.',
    });
  });

  it('is not waited for when the caller goes away', async () => {
    const { a, control } = await setUp();
    a.publish('silent', { codecs: ['h264'], bitrateBps: 0 });
    const aborter = new AbortController();
    const started = control.startRecording('silent', undefined, aborter.signal);
    setTimeout(() => aborter.abort(new Error('gone')), 600);
    await expect(started).rejects.toThrow('gone');
  });
});
