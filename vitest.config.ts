import { defineConfig } from 'vitest/config';

/** As the browser specs: many wait for what a machine at its limit does late. Those that did are named. */
const retry = process.env.CI ? 1 : 0;
/** Of two cores Vitest would use one; most tests wait more than they work. */
const maxWorkers = 2;

/** `*.int.test.ts` needs a real PostgreSQL or media tools; the rest is pure or uses only temporary files. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src-shared/**/*.test.ts', 'src-main/**/*.test.ts'],
          exclude: ['**/*.int.test.ts', '**/node_modules/**'],
          retry,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'renderer',
          environment: 'happy-dom',
          include: ['src-renderer/**/*.test.{ts,tsx}'],
          maxWorkers,
        },
      },
      {
        test: {
          name: 'integration',
          environment: 'node',
          include: ['src-main/**/*.int.test.ts', 'e2e/**/*.int.test.ts'],
          globalSetup: ['e2e/support/postgres-global.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers,
          retry,
        },
      },
    ],
  },
});
