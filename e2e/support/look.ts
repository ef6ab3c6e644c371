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

/** Lets axe look at the page in both themes; with LIVEMAN_LOOK=1 a picture of each theme and size is kept, too. */
export async function look(page: Page, name: string): Promise<void> {
  const folder = test.info().outputPath('pictures');
  const usual = page.viewportSize();
  if (keepsPictures) await mkdir(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);
    for (const size of keepsPictures ? SIZES : []) {
      await page.setViewportSize(size);
      const path = join(folder, `${name}-${colorScheme}-${size.width}.png`);
      await page.screenshot({ path, animations: 'disabled' });
    }
  }
  if (keepsPictures && usual) await page.setViewportSize(usual);
}
