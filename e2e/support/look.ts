import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
/** Pictures are for people; without anybody who looks at them they only take time. */
const keepsPictures = process.env.LIVEMAN_LOOK === '1';

/** With LIVEMAN_LOOK=1 keeps a picture of each theme and size. */
export async function keepPictures(page: Page, name: string): Promise<void> {
  if (keepsPictures) await inThemes(page, name, async () => {});
}

/** Lets axe look at the page in both themes, and sees that only parts of it scroll; with LIVEMAN_LOOK=1 a picture of each theme and size is kept, too. */
export async function look(page: Page, name: string): Promise<void> {
  await inThemes(page, name, async () => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);
    const spare = () => document.documentElement.scrollHeight - window.innerHeight;
    expect(await page.evaluate(spare)).toBeLessThanOrEqual(0);
  });
}

async function inThemes(page: Page, name: string, check: () => Promise<void>): Promise<void> {
  const folder = test.info().outputPath('pictures');
  const usual = page.viewportSize();
  if (keepsPictures) await mkdir(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await settle(page, colorScheme);
    await check();
    for (const size of keepsPictures ? SIZES : []) {
      await page.setViewportSize(size);
      const path = join(folder, `${name}-${colorScheme}-${size.width}.png`);
      await page.screenshot({ path, animations: 'disabled' });
    }
  }
  if (keepsPictures && usual) await page.setViewportSize(usual);
}

/** Half of the way from one theme to the other no colour has the contrast that both have. */
async function settle(page: Page, colorScheme: string): Promise<void> {
  await page.evaluate(async (scheme) => {
    const frame = () => new Promise(requestAnimationFrame);
    for (;;) {
      // Transitions begin with the frame after the one in which the theme has come.
      await frame();
      await frame();
      if (!matchMedia(`(prefers-color-scheme: ${scheme})`).matches) continue;
      const running = document.getAnimations().filter(({ effect, playState }) => {
        return playState === 'running' && Number.isFinite(effect?.getComputedTiming().endTime);
      });
      if (running.length === 0) return;
      await Promise.allSettled(running.map(({ finished }) => finished));
    }
  }, colorScheme);
}
