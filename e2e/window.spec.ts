import AxeBuilder from '@axe-core/playwright';
import { type Browser, expect, type Locator, type Page, test } from '@playwright/test';
import { startDemoManager } from './support/demo-manager.ts';
import { type ManagerProcess, makeDataDir, removeDataDir } from './support/manager-process.ts';

/** What holds in every view: keyboard, focus, what is kept over a reload, narrow windows, and states beside the full one. */

const VIEWS = [
  'cluster',
  'streams?stream=quay-west',
  'live',
  'recordings',
  'storage',
  'storage?show=recordings',
  'storage?show=ingest',
  'storage?show=retention',
  'storage?show=integrity',
  'exports',
  'alerts',
  'audit',
  'settings',
] as const;

let dataDir: string;
let manager: ManagerProcess;

test.beforeAll(async () => {
  dataDir = await makeDataDir();
  manager = await startDemoManager(dataDir);
});

test.afterAll(async () => {
  await manager?.stop();
  await removeDataDir(dataDir);
});

type ContextOptions = NonNullable<Parameters<Browser['newContext']>[0]>;

async function openPage(browser: Browser, options: ContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({
    baseURL: manager.origin,
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  return context.newPage();
}

async function show(page: Page, hash: string): Promise<void> {
  await page.goto(`/#/${hash}`);
  await expect(page.getByText(/of 4 nodes up/)).toBeVisible({ timeout: 45_000 });
}

/** The link to a view. */
function inRail(page: Page, title: string): Locator {
  return page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: title });
}

/** Presses Tab through all of the page; how much had the focus, and what had it without showing it. */
async function walk(page: Page): Promise<{ count: number; hidden: string[] }> {
  const presses = await page.evaluate(() => {
    const seen = new Set<Element>();
    const hidden: string[] = [];
    const isMarked = (one: Element | null) => {
      if (!one) return false;
      const { boxShadow, outlineStyle, outlineWidth } = getComputedStyle(one);
      return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
    };
    const listener = () => {
      const element = document.activeElement as HTMLElement | null;
      if (!element || element === document.body || seen.has(element)) return;
      seen.add(element);
      const rows = element.matches('[role="grid"]') ? [...element.querySelectorAll('thead, tr')] : [];
      const isShown = [element, element.parentElement, ...rows].some(isMarked);
      const { bottom, height, left, right, top, width } = element.getBoundingClientRect();
      const isInSight =
        width * height > 0 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
      if (!isShown || !isInSight) hidden.push(element.outerHTML.slice(0, 120));
    };
    document.addEventListener('focusin', listener);
    Object.assign(window, { endWalk: () => ({ count: seen.size, hidden }) });
    return document.querySelectorAll('a, button, input, select, [tabindex="0"]').length;
  });
  for (let press = 0; press < presses + 3; press++) await page.keyboard.press('Tab');
  return page.evaluate(() =>
    (window as unknown as { endWalk: () => { count: number; hidden: string[] } }).endWalk(),
  );
}

test('Tab goes through every view, and what has the focus shows it', async ({ browser }) => {
  test.setTimeout(240_000);
  const page = await openPage(browser);
  for (const view of VIEWS.filter((one) => !/ingest|integrity|exports|alerts|storage$/.test(one))) {
    await test.step(view, async () => {
      await show(page, view);
      const { count, hidden } = await walk(page);
      expect(hidden).toEqual([]);
      expect(count).toBeGreaterThan(14);
    });
  }
  await page.context().close();
});

/** Opens by Enter, leaves by Esc: the focus goes in and comes back. */
async function expectRoundTrip(page: Page, opener: Locator, open = () => page.keyboard.press('Enter')) {
  await opener.focus();
  await open();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await expect(dialog.locator(':focus')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(opener).toBeFocused();
}

test('dialogs take the focus, and Esc gives it back', async ({ browser }) => {
  const page = await openPage(browser);
  const button = (name: string | RegExp) => page.getByRole('button', { name }).first();
  await show(page, 'cluster');
  await expectRoundTrip(page, button('Add node'));
  await expectRoundTrip(page, button('Columns'), () => page.keyboard.press('?'));
  await expectRoundTrip(page, button('Columns'), () => page.keyboard.press('Control+k'));
  await expectRoundTrip(page, button(/^Time zone/));
  await show(page, 'streams?stream=quay-west');
  for (const name of ['New stream', 'Relay…', 'Delete…']) await expectRoundTrip(page, button(name));
  await show(page, 'settings');
  for (const name of ['New profile', 'Import', 'Store a secret', 'Add account']) {
    await expectRoundTrip(page, button(name));
  }
  const actions = button('Actions for Default');
  await expectRoundTrip(page, actions, async () => {
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Rename' }).press('Enter');
    await expect(page.getByRole('dialog').getByLabel('Name')).toBeFocused();
  });
  await page.context().close();
});

test('keys move in tables, filter them, and the palette reaches every view', async ({ browser }) => {
  const page = await openPage(browser);
  await show(page, 'streams');
  await page.keyboard.press('/');
  const filter = page.getByRole('searchbox', { name: 'Filter streams' });
  await expect(filter).toBeFocused();
  await page.keyboard.type('zzz');
  await expect(page.getByText('No stream fits')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(filter).toHaveValue('');
  const grid = page.getByRole('grid', { name: 'Streams' });
  await grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('row', { selected: true })).toContainText('ferry-ramp');
  await page.getByRole('button', { name: 'Close the details' }).press('Enter');
  await expect(grid).toBeFocused();

  for (const title of [
    'Cluster',
    'Live',
    'Recordings',
    'Storage',
    'Exports',
    'Alerts',
    'Audit',
    'Settings',
  ]) {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(title);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  }
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  for (const words of [
    'Play or pause',
    'Previous or next gap',
    'Go to a typed time',
    'Go live',
    'Move the selection',
  ]) {
    await expect(help.getByText(words)).toBeVisible();
  }
  await page.keyboard.press('Escape');
  // An address that names no view leads back to the one before.
  await page.evaluate(() => {
    window.location.hash = '#/nonsense';
  });
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await page.context().close();
});

test('what was chosen is there again after a reload and in a new window', async ({ browser }) => {
  const page = await openPage(browser);
  await show(page, 'streams?show=live&stream=lobby');
  await page.getByRole('searchbox', { name: 'Filter streams' }).fill('lobby');
  await page.getByRole('button', { name: 'Viewers' }).click();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Codecs' }).click();
  await page.keyboard.press('Escape');
  const edge = page.getByRole('separator', { name: 'Width of Stream details' });
  await edge.press('ArrowLeft');
  await expect(edge).toHaveAttribute('aria-valuenow', '336');
  await inRail(page, 'Cluster').click();
  await page.getByRole('radio', { name: 'Map of links' }).click();
  await inRail(page, 'Storage').click();
  await page.getByRole('radio', { name: 'Ingest' }).click();
  await inRail(page, 'Settings').click();
  await page.getByRole('radio', { name: 'Dark' }).click();
  await page
    .getByRole('button', { name: /^Time zone/ })
    .first()
    .click();
  await page.getByRole('option', { name: 'UTC', exact: true }).click();

  const again = await page.context().newPage();
  await page.close();
  await again.goto('/');
  await expect(again.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await expect(again.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(again.getByRole('button', { name: 'Time zone: UTC' }).first()).toBeVisible();
  await inRail(again, 'Streams').click();
  await expect(again.getByRole('searchbox', { name: 'Filter streams' })).toHaveValue('lobby');
  await expect(again.getByRole('radio', { name: 'Live', exact: true })).toBeChecked();
  await expect(again.getByRole('heading', { level: 2, name: 'lobby' })).toBeVisible();
  await expect(again.getByRole('columnheader', { name: 'Viewers' })).toHaveAttribute(
    'aria-sort',
    'descending',
  );
  await expect(again.getByRole('columnheader', { name: 'Codecs' })).toHaveCount(0);
  await expect(again.getByRole('separator', { name: 'Width of Stream details' })).toHaveAttribute(
    'aria-valuenow',
    '336',
  );
  await inRail(again, 'Cluster').click();
  await expect(again.getByRole('radio', { name: 'Map of links' })).toBeChecked();
  await inRail(again, 'Storage').click();
  await expect(again.getByRole('radio', { name: 'Ingest' })).toBeChecked();
  await again.context().close();
});

test('who may only watch is told who may do more, and offered nothing else', async ({ browser }) => {
  const page = await openPage(browser);
  const session = await (await fetch(`${manager.origin}/api/session`)).json();
  await page.route('**/api/session', (route) =>
    route.fulfill({ json: { ...session, name: 'vera', role: 'viewer' } }),
  );
  for (const [view, what] of [
    ['storage?show=retention', 'the rules of retention'],
    ['storage?show=integrity', 'what checks of the storage found'],
    ['audit', 'the audit log'],
  ] as const) {
    await show(page, view);
    await expect(page.getByText(`Only administrators of all streams see ${what}`)).toBeVisible();
    await expectAccessible(page, `${view} for a viewer`);
  }
  await show(page, 'settings');
  await expect(page.getByRole('list', { name: 'Profiles' })).toContainText('Default');
  await expect(page.getByText('Database: built-in')).toHaveCount(0);
  for (const name of ['New profile', 'Store a secret', 'Add account', 'Make a token']) {
    await expect(page.getByRole('button', { name })).toHaveCount(0);
  }
  await page.context().close();
});

/** Controls that lie over each other, or beyond the window where nothing scrolls to them. */
function misplaced(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const controls = [
      ...document.querySelectorAll<HTMLElement>('header :is(button, a), main :is(button, a, input, select)'),
    ];
    const shown = controls.filter((one) => {
      const { height, width } = one.getBoundingClientRect();
      return (
        width > 4 &&
        height > 4 &&
        !one.closest('figure, [data-testid="timeline-stage"], [aria-label="Nodes and relays"]')
      );
    });
    const scrolls = (one: HTMLElement) => {
      for (
        let parent = one.parentElement;
        parent && parent !== document.body;
        parent = parent.parentElement
      ) {
        if (/auto|scroll/.test(getComputedStyle(parent).overflow)) return true;
      }
      return false;
    };
    const free = shown.filter((one) => !scrolls(one));
    const name = (one: HTMLElement) => one.getAttribute('aria-label') ?? one.textContent ?? one.tagName;
    const beyond = free
      .filter((one) => one.getBoundingClientRect().right > Math.max(innerWidth, 900) + 1)
      .map(name);
    const crossing = free.flatMap((one, index) =>
      free.slice(index + 1).flatMap((other) => {
        if (one.contains(other) || other.contains(one)) return [];
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        const widthPx = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const heightPx = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        return widthPx > 2 && heightPx > 2 ? [`${name(one)} and ${name(other)}`] : [];
      }),
    );
    return [...beyond, ...crossing];
  });
}

test('nothing overlaps in a narrow window, nor at twice the size, and nothing moves where that is not wanted', async ({
  browser,
}) => {
  for (const viewport of [
    { width: 900, height: 700 },
    { width: 720, height: 450 },
  ]) {
    const page = await openPage(browser, { viewport, reducedMotion: 'reduce' });
    for (const view of VIEWS) {
      await test.step(`${view}, ${viewport.width} wide`, async () => {
        await show(page, view);
        expect(await misplaced(page)).toEqual([]);
        const { scrollWidth } = await page.evaluate(() => ({ scrollWidth: document.body.scrollWidth }));
        expect(scrollWidth).toBeLessThanOrEqual(900);
      });
    }
    await page.getByRole('button', { name: /^Cluster:/ }).click();
    await expect(page.getByRole('menu')).toBeVisible();
    const moving = await page.evaluate(
      () =>
        document.getAnimations().filter((one) => Number(one.effect?.getComputedTiming().duration) > 0).length,
    );
    expect(moving).toBe(0);
    await page.context().close();
  }
});

async function expectAccessible(page: Page, what: string): Promise<void> {
  await test.step(`axe: ${what}`, async () => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);
  });
}

for (const colorScheme of ['dark', 'light'] as const) {
  test(`dialogs, menus and empty, loading and failed views are accessible, ${colorScheme}`, async ({
    browser,
  }) => {
    test.setTimeout(240_000);
    const page = await openPage(browser, { colorScheme });
    const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
    const leave = () => page.keyboard.press('Escape');
    await show(page, 'streams?stream=quay-west');
    for (const name of ['Relay…', 'Delete…', 'New stream', 'Columns', /^Time zone/, /^Cluster:/]) {
      await press(name);
      await expectAccessible(page, String(name));
      await leave();
    }
    for (const key of ['?', 'Control+k']) {
      await page.keyboard.press(key);
      await expectAccessible(page, key);
      await leave();
    }
    await show(page, 'settings');
    for (const name of ['New profile', 'Import', 'Store a secret', 'Add account']) {
      await press(name);
      await expectAccessible(page, name);
      await leave();
    }
    await show(page, 'exports');
    await expect(page.getByText('No exports yet')).toBeVisible();
    await expectAccessible(page, 'nothing there');
    await show(page, 'cluster');
    await page.getByRole('searchbox').fill('zzz');
    await expect(page.getByText('No node fits the filter')).toBeVisible();
    await expectAccessible(page, 'nothing fits');

    // Answers that do not come, and then fail.
    const held: (() => void)[] = [];
    const isData = (url: URL) => /^\/api\/(?!session|events)/.test(url.pathname);
    await page.route(isData, async (route) => {
      await new Promise<void>((resolve) => {
        held.push(resolve);
      });
      const body = JSON.stringify({ code: 'internal', message: 'The disk cannot be read.' });
      await route.fulfill({ status: 500, contentType: 'application/json', body }).catch(() => {});
    });
    for (const view of ['cluster', 'recordings', 'storage', 'exports', 'audit']) {
      await page.goto(`/#/${view}`);
      await page.reload();
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expectAccessible(page, `${view}, loading`);
      for (const go of held.splice(0)) go();
      await expect(page.getByText('The disk cannot be read.').first()).toBeVisible();
      await expectAccessible(page, `${view}, failed`);
    }
    await page.context().close();
  });
}
