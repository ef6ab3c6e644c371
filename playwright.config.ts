import { defineConfig } from '@playwright/test';

const jsonFile = process.env.PLAYWRIGHT_JSON_OUTPUT_FILE;

const MEASURE_PLAYBACK = /(live|missing-objects|story|webrtc)\.spec\.ts$/;

/** The browser specs drive the built app in the system's Chromium; nothing is downloaded for them. */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results/browser',
  // Each file starts a manager of its own, so two files may run beside each other; never two that measure playback.
  workers: 2,
  fullyParallel: false,
  projects: [
    { name: 'media', testMatch: MEASURE_PLAYBACK, workers: 1 },
    { name: 'window', testIgnore: MEASURE_PLAYBACK },
  ],
  forbidOnly: true,
  // Specs with media depend on how busy the machine is; one that needed a second run is named as flaky.
  retries: process.env.CI ? 1 : 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: jsonFile ? [['list'], ['json', { outputFile: jsonFile }]] : [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--autoplay-policy=no-user-gesture-required'],
    },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
