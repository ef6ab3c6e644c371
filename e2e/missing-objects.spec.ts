import { execFile } from 'node:child_process';
import { readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { copyCaptures } from './support/capture-storage.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** The window's player on recordings whose objects were deleted: a gap is played over, and the check shows it. */

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../out/headless/main.js', import.meta.url));

let dataDir: string;
let manager: ManagerProcess;

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  const root = join(dataDir, 'recorded');
  await copyCaptures('v0.9.0', root, (path) => path.startsWith('cam1/') || path.startsWith('mute/'));
  await writeFile(join(dataDir, 'liveman.toml'), `[recorder.storage]\ntype = "fs"\nroot = "${root}"\n`);
  manager = await startManager(dataDir, ['--config', join(dataDir, 'liveman.toml')]);
  const args = ['index', '--storage', 'default', '--node', 'edge-1', '--data', dataDir];
  await run(process.execPath, [MAIN, ...args, '--config', join(dataDir, 'liveman.toml')], { cwd: dataDir });
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

test('plays mute, whose first segment is missing, to its end', async ({ page }) => {
  const reply = await fetch(`${manager.origin}/api/record/mute/timeline?limit=100`);
  const timeline = (await reply.json()) as { segments: { start_ts: number }[] };
  await page.goto(`${manager.origin}/#/recordings?stream=mute&at=${timeline.segments[0]?.start_ts}`);
  const picture = page.getByLabel('Picture of mute');
  await expect(picture).toBeVisible();
  const other = page.getByRole('checkbox', { name: /cam1/ });
  if (await other.isChecked()) await other.uncheck();
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  // The count begins anew where the player begins anew, and when the end is reached.
  let earlier = 0;
  let last = 0;
  const frames = async () => {
    const now = await picture
      .locator('video')
      .first()
      .evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames);
    if (now < last) earlier += last;
    last = now;
    return earlier + now;
  };
  // All but the first segment: some 20 s.
  await expect.poll(frames, { timeout: 90_000, intervals: [200] }).toBeGreaterThan(450);
});

test('the view of the storage says what is missing', async ({ page }) => {
  await page.goto(`${manager.origin}/#/storage?show=integrity`);
  await expect(page.getByText('Not checked yet')).toBeVisible();
  await page.getByRole('button', { name: 'Check now' }).click();
  await expect(page.getByText(/segments and .* objects checked/)).toBeVisible();
  await expect(page.getByRole('grid', { name: 'Findings' })).toBeVisible();
});
