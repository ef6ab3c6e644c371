import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import { printFigure } from './support/figure.ts';
import { NODES, STREAMS_PER_NODE, tomlOf, waitUntilUp, withManager } from './support/large-cluster.ts';
import { startLightNodes } from './support/light-nodes.ts';
import { inScratchFolder } from './support/scratch.ts';

/** Loaded where it lies: it cannot be put into a bundle. */
const { chromium } = createRequire(import.meta.url)('@playwright/test') as typeof import('@playwright/test');

const WATCH_MS = 8000;
const SCROLL_STEPS = 240;
const LONG_FRAME_MS = 50;
/** The machine may be busy with other things. */
const PATIENCE_MS = 180_000;

interface Smoothness {
  /** Share of the time in which the page's thread was busy for 50 ms and more at once. */
  readonly blockedShare: number;
  readonly longestMs: number;
  readonly frameP95Ms: number;
  readonly rows: number;
}

/** How smooth the window is with 1,000 nodes and 20,000 streams, compared with an empty page of the same browser. */
export async function run(): Promise<void> {
  const nodes = await startLightNodes(NODES, STREAMS_PER_NODE);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium' });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(PATIENCE_MS);
    const empty = await watch(page, false);
    await inScratchFolder((folder) =>
      withManager(folder, tomlOf(nodes), async (manager) => {
        await waitUntilUp(manager.origin);
        for (const [view, table] of [
          ['cluster', 'Nodes'],
          ['streams', 'Streams'],
        ] as const) {
          await page.goto(`${manager.origin}/#/${view}`);
          await page.reload();
          await page.getByRole('grid', { name: table }).getByRole('row').nth(5).waitFor();
          print(`${table}, watched`, await watch(page, false), empty);
          print(`${table}, scrolled`, await watch(page, true), empty);
        }
      }),
    );
  } finally {
    await browser.close();
    await nodes.stop();
  }
}

function print(name: string, seen: Smoothness, empty: Smoothness): void {
  printFigure({
    name: `${name}: 95 % of frames within`,
    value: seen.frameP95Ms,
    unit: 'ms',
    ratio: seen.frameP95Ms / empty.frameP95Ms,
    aim: 'x an empty page',
  });
  printFigure({ name: `${name}: longest task`, value: seen.longestMs, unit: 'ms' });
  printFigure({
    name: `${name}: in tasks of 50 ms and more`,
    value: seen.blockedShare * 100,
    unit: '% time',
  });
  printFigure({ name: `${name}: rows in the page`, value: seen.rows, unit: 'rows', aim: '< 100' });
}

/** Watches frames and long tasks; with `isScrolling` while the table is scrolled from end to end. */
async function watch(page: Page, isScrolling: boolean): Promise<Smoothness> {
  return page.evaluate(
    async ({ isScrolling, LONG_FRAME_MS, SCROLL_STEPS, WATCH_MS }) => {
      const tasks: number[] = [];
      const observer = new PerformanceObserver((list) => {
        tasks.push(...list.getEntries().map((entry) => entry.duration));
      });
      observer.observe({ type: 'longtask' });
      const scroll = document.querySelector('[role="grid"]')?.parentElement;
      const frames: number[] = [];
      const startMs = performance.now();
      let lastMs = startMs;
      let step = 0;
      let rows = 0;
      while (performance.now() - startMs < WATCH_MS) {
        await new Promise(requestAnimationFrame);
        const nowMs = performance.now();
        frames.push(nowMs - lastMs);
        lastMs = nowMs;
        rows = Math.max(rows, document.querySelectorAll('[role="grid"] [aria-selected]').length);
        if (isScrolling && scroll) {
          step += 1;
          const part = (step % SCROLL_STEPS) / SCROLL_STEPS;
          scroll.scrollTop = part * (scroll.scrollHeight - scroll.clientHeight);
        }
      }
      observer.disconnect();
      const sorted = frames.sort((a, b) => a - b);
      const blockedMs = tasks.reduce((sum, each) => sum + (each >= LONG_FRAME_MS ? each : 0), 0);
      return {
        blockedShare: blockedMs / (performance.now() - startMs),
        longestMs: Math.max(0, ...tasks),
        frameP95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
        rows,
      };
    },
    { isScrolling, LONG_FRAME_MS, SCROLL_STEPS, WATCH_MS },
  );
}
