import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';
import { decodeMessages, probe } from './support/media-checks.ts';

/** The whole story of a newcomer, in one real browser, on one fresh data folder. */
test.describe.configure({ mode: 'serial' });

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;

let dataDir: string;
let manager: ManagerProcess;
let page: Page;
const problems: string[] = [];

test.beforeAll(async ({ browser }) => {
  dataDir = await makeDataDir();
  manager = await startManager(dataDir);
  const context = await browser.newContext({ baseURL: manager.origin, timezoneId: 'Europe/Berlin' });
  page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
});

test.afterAll(async () => {
  await page?.close();
  await manager?.stop();
  await removeDataDir(dataDir);
});

async function getJson<T>(path: string): Promise<T> {
  return (await (await fetch(manager.origin + path)).json()) as T;
}

async function decodedFrames(stream: string): Promise<number> {
  const video = page.getByLabel(`Picture of ${stream}`).locator('video').first();
  return video.evaluate((element: HTMLVideoElement) => element.getVideoPlaybackQuality().totalVideoFrames);
}

/** Wall clock of the playhead in microseconds, as the window shows it (Berlin time, of the day of `nearUs`). */
async function playheadUs(nearUs: number): Promise<number> {
  const text =
    (await page.getByTestId('playhead-clock').innerText()).match(/\d\d:\d\d:\d\d\.\d{3}/)?.[0] ?? '';
  const [hour = 0, minute = 0, second = 0] = text.split(':').map(Number);
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/Berlin',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(nearUs / 1000);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const shownSec = hour * 3600 + minute * 60 + second;
  const nearSec = of('hour') * 3600 + of('minute') * 60 + of('second');
  const halfDay = 43_200;
  const offsetSec = ((shownSec - nearSec + halfDay + 86_400) % 86_400) - halfDay;
  return Math.floor(nearUs / SECOND_US) * SECOND_US + Math.round(offsetSec * SECOND_US);
}

/** `HH:mm:ss.SSS` in Berlin. */
function berlinTime(instantUs: number): string {
  const text = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/Berlin',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).format(instantUs / 1000);
  return text.replace(',', '.');
}

test('a fresh profile offers the demo, and its nodes come up', async () => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Open the demo' }).click();
  await page.getByRole('link', { name: 'Cluster' }).click();
  for (const alias of ['cloud-1', 'cloud-2', 'edge-01', 'edge-02']) {
    await expect(page.getByRole('row', { name: new RegExp(`${alias}.*Up`) })).toBeVisible();
  }
  await expect
    .poll(async () => (await getJson<{ demo: { isFilled: boolean } }>('/api/status')).demo.isFilled, {
      timeout: 60_000,
    })
    .toBe(true);
});

test('a recording plays: decoded frames grow, and the clock with them', async () => {
  const atUs = (Math.floor(Date.now() / 1000) - 600) * SECOND_US;
  await page.goto(`/#/recordings?stream=gate-north&at=${atUs}`);
  await expect(page.getByLabel('Picture of gate-north')).toBeVisible();
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => decodedFrames('gate-north')).toBeGreaterThan(50);
  await expect.poll(() => playheadUs(atUs)).toBeGreaterThan(atUs + 2 * SECOND_US);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
});

test('playback goes on over a gap', async () => {
  const nowUs = Date.now() * 1000;
  const { streams } = await getJson<{
    streams: { nodes: { spans: { startUs: number; endUs: number }[] }[] }[];
  }>(
    `/api/coverage?stream=ferry-ramp&start_ts=${nowUs - 60 * MINUTE_US}&end_ts=${nowUs}&resolution_us=${30 * SECOND_US}`,
  );
  const spans = streams[0]?.nodes[0]?.spans ?? [];
  expect(spans.length).toBeGreaterThan(1);
  const gapStartUs = spans[0]?.endUs as number;
  const gapEndUs = spans[1]?.startUs as number;
  expect(gapEndUs - gapStartUs).toBeGreaterThan(MINUTE_US);

  await page.goto(`/#/recordings?stream=ferry-ramp&at=${gapStartUs - 4 * SECOND_US}`);
  await expect(page.getByLabel('Picture of ferry-ramp')).toBeVisible();
  // Pictures of other streams have no gap there and would be played on.
  for (const other of ['crane-3', 'gate-north', 'lobby', 'quay-west', 'yard-7']) {
    await page.getByRole('checkbox', { name: new RegExp(other) }).uncheck();
  }
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(() => playheadUs(gapStartUs), { timeout: 30_000 }).toBeGreaterThan(gapEndUs);
  const frames = await decodedFrames('ferry-ramp');
  await expect.poll(() => decodedFrames('ferry-ramp')).toBeGreaterThan(frames + 25);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
});

test('ten seconds are exported to a file that any player opens', async () => {
  const inUs = (Math.floor(Date.now() / 1000) - 900) * SECOND_US + 345_000;
  await page.goto(`/#/recordings?stream=quay-west&at=${inUs}`);
  await expect(page.getByLabel('Picture of quay-west')).toBeVisible();
  await page.getByTestId('timeline-stage').focus();
  await page.keyboard.press('i');
  await page.keyboard.press('Control+ArrowRight');
  await page.keyboard.press('o');
  const selection = page.getByTestId('selection');
  await selection.getByLabel('From').fill(berlinTime(inUs));
  await selection.getByLabel('From').press('Enter');
  await selection.getByLabel('Length').fill('10 s');
  await selection.getByLabel('Length').press('Enter');
  await expect(selection).toContainText('frames');
  await page.getByTestId('export-button').click();

  await page.getByRole('link', { name: /^Exports/ }).click();
  await expect(page.getByText('quay-west').first()).toBeVisible();
  type Job = { state: string; folder: string; fileName: string; durationUs: number; sizeBytes: number };
  const firstJob = async () => (await getJson<{ exports: Job[] }>('/api/exports')).exports[0];
  await expect.poll(async () => (await firstJob())?.state).toBe('done');
  const job = (await firstJob()) as Job;
  const file = join(job.folder, job.fileName);
  const { durationSec, tracks } = await probe(file);
  expect(tracks).toEqual(['audio', 'video']);
  expect(Math.abs(durationSec - job.durationUs / SECOND_US)).toBeLessThan(0.04);
  expect(Math.abs(durationSec - 10)).toBeLessThan(0.08);
  expect(await decodeMessages(file)).toBe('');
});

test('nothing went wrong in the console', () => {
  expect(problems).toEqual([]);
});
