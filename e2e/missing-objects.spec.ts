import { execFile } from 'node:child_process';
import { readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { copyCaptures } from './support/capture-storage.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** The window's player on recordings whose objects were deleted: a gap is played over, and the check shows it. */

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../out/headless/main.js', import.meta.url));

let dataDir: string;
let manager: ManagerProcess;
/** Of all pictures of cam1, in order: microseconds. */
let pictures: { start_ts: number; end_ts: number }[];

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  const root = join(dataDir, 'recorded');
  await copyCaptures('v0.9.0', root, (path) => path.startsWith('cam1/') || path.startsWith('mute/'));
  await writeFile(join(dataDir, 'liveman.toml'), `[recorder.storage]\ntype = "fs"\nroot = "${root}"\n`);
  manager = await startManager(dataDir, ['--config', join(dataDir, 'liveman.toml')]);
  const args = ['index', '--storage', 'default', '--node', 'edge-1', '--data', dataDir];
  await run(process.execPath, [MAIN, ...args, '--config', join(dataDir, 'liveman.toml')], { cwd: dataDir });
  pictures = await timelineOf('cam1');
  for (const [stream, name] of [
    ['cam1', 'v_seg_0002.m4s'],
    ['mute', 'v_seg_0001.m4s'],
  ] as const) {
    const [record] = await readdir(join(root, stream));
    await unlink(join(root, stream, record as string, name));
  }
});
test.afterAll(async () => {
  await manager?.stop();
  await removeDataDir(dataDir);
});

for (const [stream, what, fromSec] of [
  ['cam1', 'a segment in the middle', 6],
  ['mute', 'the first segment', 0],
] as const) {
  test(`plays ${stream}, of which ${what} is missing, to its end`, async ({ page }) => {
    const startUs = pictures[0]?.start_ts as number;
    const fromUs =
      stream === 'cam1' ? startUs + fromSec * 1_000_000 : (await timelineOf(stream))[0]?.start_ts;
    const video = await openAlone(page, stream, fromUs as number);
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    // Of cam1 4 s before the hole and all behind it, of mute all but the first segment: some 20 s each.
    await expect.poll(framesShown(video), { timeout: 90_000, intervals: [200] }).toBeGreaterThan(450);
  });
}

test('jumps to before, into and behind a hole show a picture', async ({ page }) => {
  const hole = pictures[1] as { start_ts: number; end_ts: number };
  const video = await openAlone(page, 'cam1', hole.end_ts + 3_000_000);
  const isShown = () =>
    video.evaluate((element: HTMLVideoElement) => element.readyState >= 2 && !element.seeking);
  await expect.poll(isShown, { timeout: 30_000 }).toBe(true);
  const later = await video.evaluate((element: HTMLVideoElement) => element.currentTime);
  for (const [us, isBehind] of [
    [hole.start_ts - 3_000_000, false],
    [hole.start_ts + 4_000_000, true],
    [hole.start_ts - 1_000_000, false],
    [hole.end_ts + 1_000_000, true],
  ] as const) {
    await page.evaluate((at) => {
      location.hash = `#/recordings?stream=cam1&at=${at}`;
    }, us);
    const time = () => video.evaluate((element: HTMLVideoElement) => element.currentTime);
    // Media time leaves the hole out: what is behind it begins where what is before it ends.
    if (isBehind) await expect.poll(time, { timeout: 30_000 }).toBeGreaterThan(later - 3.5);
    else await expect.poll(time, { timeout: 30_000 }).toBeLessThan(later - 3.5);
    await expect.poll(isShown, { timeout: 30_000 }).toBe(true);
  }
});

test('the pointer over the timeline shows what was recorded, and why something was not', async ({ page }) => {
  const hole = pictures[1] as { start_ts: number; end_ts: number };
  await openAlone(page, 'cam1', hole.end_ts + 3_000_000);
  await page.getByTestId('timeline-stage').focus();
  const stage = await page.getByTestId('timeline-stage').boundingBox();
  if (!stage) throw new Error('The timeline is not on screen.');
  const label = page.getByText(/1 file missing/);
  // Zooms in around the playhead until the reason has room.
  for (let i = 0; i < 30 && !(await label.isVisible()); i += 1) {
    await page.keyboard.press('+');
    await page.waitForTimeout(100);
  }
  await expect(label).toBeVisible({ timeout: 10_000 });
  const gap = await label.boundingBox();
  const picture = page.getByTestId('hover-picture');
  // Right of the hole is what was recorded behind it.
  await expect
    .poll(
      async () => {
        await page.mouse.move(stage.x + stage.width * (0.55 + 0.02 * Math.random()), stage.y + 45);
        return picture.isVisible();
      },
      { timeout: 20_000, intervals: [500] },
    )
    .toBe(true);
  await page.mouse.move((gap?.x ?? 0) + 20, (gap?.y ?? 0) + 8);
  await expect(picture).toBeHidden();
  await expect(page.getByText(/not in storage any more/)).toBeVisible();
});

test('the view of the storage says what is missing', async ({ page }) => {
  await page.goto(`${manager.origin}/#/storage?show=integrity`);
  await expect(page.getByText('Not checked yet')).toBeVisible();
  await page.getByRole('button', { name: 'Check now' }).click();
  await expect(page.getByText(/segments and .* files checked/)).toBeVisible();
  await expect(page.getByRole('grid', { name: 'Findings' })).toBeVisible();
});

async function timelineOf(stream: string): Promise<{ start_ts: number; end_ts: number }[]> {
  const reply = await fetch(`${manager.origin}/api/record/${stream}/timeline?limit=100`);
  const { segments } = (await reply.json()) as {
    segments: { start_ts: number; end_ts: number; path: string }[];
  };
  return segments.filter(({ path }) => path.includes('/v_seg_')).sort((a, b) => a.start_ts - b.start_ts);
}

/** Opens the recordings at an instant with one stream chosen; gives its video. */
async function openAlone(page: Page, stream: string, us: number): Promise<Locator> {
  await page.goto(`${manager.origin}/#/recordings?stream=${stream}&at=${us}`);
  const picture = page.getByLabel(`Picture of ${stream}`);
  await expect(picture).toBeVisible();
  const other = page.getByRole('checkbox', { name: stream === 'cam1' ? /mute/ : /cam1/ });
  if (await other.isChecked()) await other.uncheck();
  return picture.locator('video').first();
}

/** How many frames were shown so far. The count of a video begins anew where the player does, and at the end. */
function framesShown(video: Locator): () => Promise<number> {
  let [earlier, last] = [0, 0];
  return async () => {
    const now = await video.evaluate(
      (element: HTMLVideoElement) => element.getVideoPlaybackQuality().totalVideoFrames,
    );
    if (now < last) earlier += last;
    last = now;
    return earlier + now;
  };
}
