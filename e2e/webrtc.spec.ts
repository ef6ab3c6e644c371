import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import type { Stream } from '../src-shared/model/node-json.ts';
import { PUBLISHER_ARGS, publishFrom } from './support/browser-publisher.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { WebrtcMedia } from './support/webrtc-node.ts';

/** Real media of a real browser through the manager and a node that terminates WebRTC, to another browser page. */

test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [...PUBLISHER_ARGS],
  },
});

/** Encoding, forwarding in TypeScript and decoding share the machine with whatever else it does. */
const patient = expect.configure({ timeout: 40_000 });

let dataDir: string;
let manager: ManagerProcess;
let media: WebrtcMedia[];
let nodes: FakeNode[];

test.beforeAll(async () => {
  // Each takes one viewer of a stream.
  const strategy = { each_stream_max_sub: 1 };
  media = [new WebrtcMedia(), new WebrtcMedia()];
  nodes = await Promise.all(
    media.map((webrtc) => createFakeNode({ generation: 'head', tokens: ['of the node'], strategy, webrtc })),
  );
  dataDir = await makeDataDir();
  const configPath = join(dataDir, 'liveman.toml');
  const entries = nodes.map(
    ({ url }, i) => `[[nodes]]\nalias = "node-${i + 1}"\nurl = "${url}"\ntoken = "of the node"\n`,
  );
  await writeFile(configPath, entries.join('\n'));
  manager = await startManager(dataDir, ['--config', configPath]);
  await patient
    .poll(async () => (await (await fetch(`${manager.origin}/api/nodes/`)).json()) as unknown)
    .toMatchObject(nodes.map(() => ({ status: 'running', strategy })));
});

test.afterAll(async () => {
  await manager?.stop();
  for (const webrtc of media) webrtc.close();
  for (const node of nodes) await node.close();
  await removeDataDir(dataDir);
});

/** Plays a stream into a video element of the page; resolves once the offer was taken. */
function play(page: Page, path: string): Promise<string> {
  return page.evaluate(async (url) => {
    const pc = new RTCPeerConnection();
    for (const kind of ['video', 'audio']) pc.addTransceiver(kind, { direction: 'recvonly' });
    const picture = document.createElement('video');
    picture.muted = true;
    picture.autoplay = true;
    picture.srcObject = new MediaStream(pc.getReceivers().map((receiver) => receiver.track));
    document.body.append(picture);
    await pc.setLocalDescription(await pc.createOffer());
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: pc.localDescription?.sdp ?? '',
    });
    if (reply.status !== 201) throw new Error(`${reply.status}: ${await reply.text()}`);
    await pc.setRemoteDescription({ type: 'answer', sdp: await reply.text() });
    (globalThis as { pc?: RTCPeerConnection }).pc = pc;
    return reply.headers.get('location') ?? '';
  }, path);
}

interface Received {
  readonly framesDecoded: number;
  readonly audioPackets: number;
  readonly codecs: string[];
}

function received(page: Page): Promise<Received> {
  return page.evaluate(async () => {
    const { pc } = globalThis as { pc?: RTCPeerConnection };
    const report = [...((await pc?.getStats()) ?? [])].map(([, entry]) => entry as Record<string, unknown>);
    const inbound = (kind: string) =>
      report.find((entry) => entry.type === 'inbound-rtp' && entry.kind === kind);
    const codecOf = (kind: string) =>
      String(report.find((entry) => entry.id === inbound(kind)?.codecId)?.mimeType ?? '');
    return {
      framesDecoded: Number(inbound('video')?.framesDecoded ?? 0),
      audioPackets: Number(inbound('audio')?.packetsReceived ?? 0),
      codecs: [codecOf('video'), codecOf('audio')],
    };
  });
}

async function openPage(newPage: () => Promise<Page>): Promise<Page> {
  const page = await newPage();
  // Only the window is a page of the manager's origin.
  await page.goto(`${manager.origin}/`);
  return page;
}

test('a browser publishes H.264 and Opus through the manager, and another decodes it', async ({
  context,
}) => {
  const publisher = await openPage(() => context.newPage());
  const viewer = await openPage(() => context.newPage());

  const sent = await publishFrom(publisher, '/whip/cam1');
  // The node prefers VP8; the manager's order decides.
  expect([...sent.codecs].sort()).toEqual(['audio/opus', 'video/H264']);
  expect(sent.location).toMatch(/^\/session\/cam1\/[0-9a-f-]{36}$/);
  await patient
    .poll(async () => {
      const streams = (await (await fetch(`${manager.origin}/api/streams/`)).json()) as Stream[];
      return streams
        .find(({ id }) => id === 'cam1')
        ?.codecs.map(({ codec }) => codec)
        .sort();
    })
    .toEqual(['h264', 'opus']);

  const session = await play(viewer, '/whep/cam1');
  await patient.poll(async () => (await received(viewer)).framesDecoded).toBeGreaterThan(10);
  const first = await received(viewer);
  expect(first.codecs).toEqual(['video/H264', 'audio/opus']);
  await patient
    .poll(async () => (await received(viewer)).framesDecoded)
    .toBeGreaterThan(first.framesDecoded + 30);
  expect((await received(viewer)).audioPackets).toBeGreaterThan(first.audioPackets);

  for (const path of [session, sent.location]) {
    expect((await fetch(manager.origin + path, { method: 'DELETE' })).status).toBe(204);
  }
  for (const node of nodes) expect(node.streams.find('cam1')).toBeUndefined();
});

test('the next viewer of a full node plays from a relay', async ({ context }) => {
  const publisher = await openPage(() => context.newPage());
  const viewers = [await openPage(() => context.newPage()), await openPage(() => context.newPage())];

  const sent = await publishFrom(publisher, '/whip/cam2?nodes=node-1');
  for (const viewer of viewers) {
    await play(viewer, '/whep/cam2');
    await patient.poll(async () => (await received(viewer)).framesDecoded).toBeGreaterThan(30);
    expect((await received(viewer)).codecs).toEqual(['video/H264', 'audio/opus']);
  }
  const openViewers = nodes.map((node) =>
    node.streams.find('cam2')?.subscribers.filter((session) => session.isOpen && !session.cascade),
  );
  expect(openViewers.map((list) => list?.length)).toEqual([1, 1]);
  expect((await fetch(manager.origin + sent.location, { method: 'DELETE' })).status).toBe(204);
});
