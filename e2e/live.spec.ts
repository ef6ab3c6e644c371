import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { PUBLISHER_ARGS, publishFrom } from './support/browser-publisher.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { WebrtcMedia } from './support/webrtc-node.ts';

/** The live view with the media of a real browser, through the manager and a node that terminates WebRTC. */

test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [...PUBLISHER_ARGS],
  },
});

let dataDir: string;
let manager: ManagerProcess;
let media: WebrtcMedia;
let node: FakeNode;

test.beforeAll(async () => {
  media = new WebrtcMedia();
  node = await createFakeNode({ generation: 'head', webrtc: media });
  dataDir = await makeDataDir();
  const configPath = join(dataDir, 'liveman.toml');
  await writeFile(configPath, `[[nodes]]\nalias = "node-1"\nurl = "${node.url}"\n`);
  manager = await startManager(dataDir, ['--config', configPath]);
  await expect
    .poll(async () => (await (await fetch(`${manager.origin}/api/nodes/`)).json()) as unknown)
    .toMatchObject([{ status: 'running' }]);
});

test.afterAll(async () => {
  await manager?.stop();
  media?.close();
  await node?.close();
  await removeDataDir(dataDir);
});

async function openPublisher(newPage: () => Promise<Page>, stream: string): Promise<Page> {
  const page = await newPage();
  // Only the window is a page of the manager's origin.
  await page.goto(`${manager.origin}/`);
  await publishFrom(page, `/whip/${stream}`);
  return page;
}

const framesOf = (page: Page, stream: string) =>
  page
    .getByRole('figure', { name: `Live picture of ${stream}` })
    .locator('video')
    .evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames);

const openViewers = (stream: string) =>
  node.streams.find(stream)?.subscribers.filter((session) => session.isOpen).length ?? 0;

async function expectGrowingFrames(page: Page, stream: string): Promise<void> {
  const first = await framesOf(page, stream);
  await expect.poll(() => framesOf(page, stream)).toBeGreaterThan(first + 15);
}

test('pictures play, show their figures, and leave nothing behind when they are closed', async ({
  context,
}, info) => {
  await openPublisher(() => context.newPage(), 'cam1');
  await openPublisher(() => context.newPage(), 'cam2');
  const page = await context.newPage();
  await page.goto(`${manager.origin}/#/live?stream=cam1`);
  const picture = page.getByRole('figure', { name: 'Live picture of cam1' });
  await expect(picture).toHaveAttribute('data-state', 'playing');
  await page.getByRole('checkbox', { name: 'Watch cam2' }).check();
  await expect(page.getByRole('figure', { name: 'Live picture of cam2' })).toHaveAttribute(
    'data-state',
    'playing',
  );
  await expectGrowingFrames(page, 'cam1');
  await expectGrowingFrames(page, 'cam2');
  expect([openViewers('cam1'), openViewers('cam2')]).toEqual([1, 1]);

  await page.getByRole('button', { name: 'Statistics on every picture' }).click();
  const figures = picture.locator('dl');
  await expect(figures).toContainText('H.264 · Opus');
  await expect(figures).toContainText(/\d+ × \d+/);
  await expect(figures).toContainText(/[\d.]+ [km]bit\/s/i);
  await expect(figures).toContainText(/Loss[\d.]+ %/);
  // A picture that plays has frames every second.
  await expect(figures).toContainText(/Frames[1-9][\d.]* \/s/);
  await expect(figures).toContainText(/Jitter\d+ ms/);
  await expect(figures).toContainText(/Round trip\d+ ms/);

  // Only the active picture is heard.
  await page.getByRole('button', { name: 'Hear cam1' }).click();
  const isMuted = (stream: string) =>
    page
      .getByRole('figure', { name: `Live picture of ${stream}` })
      .locator('video')
      .evaluate((video: HTMLVideoElement) => video.muted);
  await expect.poll(() => isMuted('cam1')).toBe(false);
  expect(await isMuted('cam2')).toBe(true);

  await info.attach('live', { body: await page.screenshot(), contentType: 'image/png' });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);

  // What was watched is there again after a reload, without what the old page held.
  await page.reload();
  await expect(picture).toHaveAttribute('data-state', 'playing');
  await expect.poll(() => openViewers('cam1')).toBe(1);
  await page.getByRole('button', { name: 'Close cam1' }).click();
  await expect.poll(() => openViewers('cam1')).toBe(0);
  expect(openViewers('cam2')).toBe(1);
  await page.goto(`${manager.origin}/#/cluster`);
  await expect.poll(() => openViewers('cam2')).toBe(0);
});

test('a picture is recorded and shown 30 s back from where it is watched', async ({ context }) => {
  await openPublisher(() => context.newPage(), 'cam4');
  const page = await context.newPage();
  await page.goto(`${manager.origin}/#/live?stream=cam4`);
  const picture = page.getByRole('figure', { name: 'Live picture of cam4' });
  await expect(picture).toHaveAttribute('data-state', 'playing');
  // It plays before the manager has seen its codecs at the next poll.
  const recorder = async () => {
    const reply = await fetch(`${manager.origin}/api/recorders?stream=cam4`);
    const { recorders } = (await reply.json()) as { recorders: { mayRecord: boolean }[] };
    return recorders[0]?.mayRecord;
  };
  await expect.poll(recorder).toBe(true);
  await picture.hover();
  await picture.getByRole('button', { name: 'Record cam4', exact: true }).click();
  const isActive = () =>
    node.recordings.all().some(({ stream, status }) => stream === 'cam4' && status === 'Active');
  await expect.poll(isActive).toBe(true);
  const stop = picture.getByRole('button', { name: 'Stop recording cam4' });
  await expect(stop).toBeVisible();
  await stop.click();
  const dialog = page.getByRole('dialog', { name: 'Stop recording cam4?' });
  await expect(dialog).toContainText('on node-1');
  await dialog.getByRole('button', { name: 'Stop recording' }).click();
  await expect.poll(isActive).toBe(false);
  await picture.hover();
  await picture.getByRole('button', { name: 'cam4: 30 s back' }).click();
  await expect(page).toHaveURL(/#\/recordings/);
});

test('a picture whose publisher leaves says so, and plays again by itself', async ({ context }) => {
  const publisher = await openPublisher(() => context.newPage(), 'cam3');
  const page = await context.newPage();
  await page.goto(`${manager.origin}/#/live?stream=cam3`);
  const picture = page.getByRole('figure', { name: 'Live picture of cam3' });
  await expect(picture).toHaveAttribute('data-state', 'playing');

  const { id } = node.streams.find('cam3')?.publisher ?? { id: '' };
  const ended = await fetch(`${manager.origin}/session/cam3/${id}`, { method: 'DELETE' });
  expect(ended.status).toBe(204);
  await publisher.close();
  await expect(picture).toHaveAttribute('data-state', 'no-publisher', { timeout: 30_000 });
  await expect(picture.getByRole('status')).toContainText('It plays as soon as somebody');

  await openPublisher(() => context.newPage(), 'cam3');
  await expect(picture).toHaveAttribute('data-state', 'playing', { timeout: 30_000 });
  await expectGrowingFrames(page, 'cam3');
});
