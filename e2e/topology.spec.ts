import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { createFakeNode, type FakeNode } from '../src-main/demo/fake-node/fake-node.ts';
import { type ManagerProcess, makeDataDir, removeDataDir, startManager } from './support/manager-process.ts';

/** The picture of links: nodes with their streams, relays as arrows with what goes along them, dead parts greyed. */

const SITES = { 'harbour-1': 'Harbour', 'harbour-2': 'Harbour', 'cloud-1': 'Cloud', spare: '' } as const;

let dataDir: string;
let manager: ManagerProcess;
const nodes = new Map<string, FakeNode>();

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  const entries: string[] = [];
  for (const [alias, site] of Object.entries(SITES)) {
    const node = await createFakeNode({ generation: 'head', connectDelayMs: 0 });
    nodes.set(alias, node);
    entries.push(`[[nodes]]\nalias = "${alias}"\nurl = "${node.url}"\nsite = "${site}"\n`);
  }
  await writeFile(join(dataDir, 'liveman.toml'), entries.join('\n'));
  manager = await startManager(dataDir);
  for (const name of ['quay-west', 'crane-3']) {
    nodes.get('harbour-1')?.publish(name, { codecs: ['h264', 'opus'], bitrateBps: 2_000_000 });
  }
  nodes.get('harbour-1')?.viewers('quay-west', 2);
  nodes.get('harbour-2')?.publish('gate', { codecs: ['h264'], bitrateBps: 900_000 });
});
test.afterAll(async () => {
  await manager?.stop();
  await Promise.all([...nodes.values()].map((node) => node.close()));
  await removeDataDir(dataDir);
});

async function look(page: Page, name: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), animations: 'disabled' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);
  }
}

test('shows nodes with their streams and relays with their bitrate, and greys what a killed node had', async ({
  page,
  request,
}, info) => {
  const pictures = info.outputPath('pictures');
  const order = { stream: 'quay-west', source: 'harbour-1', target: 'cloud-1' };
  await expect
    .poll(async () => (await request.post(`${manager.origin}/api/cascades`, { data: order })).status())
    .toBe(200);
  nodes.get('cloud-1')?.viewers('quay-west', 4);
  await page.goto(`${manager.origin}/#/cluster`);
  await page.getByRole('radio', { name: 'Map of links' }).click();
  const map = page.getByRole('group', { name: 'Nodes and relays' });

  const source = map.getByRole('button', { name: /^harbour-1/ });
  await expect(source).toContainText('crane-3, quay-west');
  await expect(source).toContainText('2 publishers, 2 viewers');
  await expect(map.getByRole('button', { name: /^harbour-2/ })).toContainText('gate');
  const target = map.getByRole('button', { name: /^cloud-1/ });
  await expect(target).toContainText('quay-west');
  await expect(target).toContainText('0 publishers, 4 viewers');
  await expect(map.getByRole('heading')).toHaveText(['Harbour', 'Without a site', 'Cloud']);
  const relay = map.getByRole('link', { name: /quay-west from harbour-1 to cloud-1/ });
  await expect(relay).toContainText(/\d(\.\d+)? Mbit\/s/);
  for (const [name, width, height] of [
    ['small', 1280, 800],
    ['large', 1920, 1080],
  ] as const) {
    await page.setViewportSize({ width, height });
    await look(page, `map-${name}`, pictures);
  }
  await page.setViewportSize({ width: 1280, height: 800 });

  await nodes.get('cloud-1')?.setFault({ kind: 'refuse' });
  await expect(target).toContainText('Down', { timeout: 20_000 });
  await expect(relay).toContainText('not running, or an end does not answer');
  await expect(relay).not.toContainText('bit/s');
  await look(page, 'map-stale', pictures);

  await page.goto(`${manager.origin}/#/streams?stream=quay-west`);
  const relays = page.getByRole('region', { name: 'Relays' });
  await expect(relays.getByText(/^stale, last known: 4 viewers/)).toBeVisible();
  await expect(relays.getByText(/cloud-1: .*refused/)).toBeVisible();
  await look(page, 'relay-stale', pictures);

  await nodes.get('cloud-1')?.setFault(undefined);
  await expect(relays.getByText(/^stale, /)).toBeHidden({ timeout: 30_000 });
});
