import { expect } from '@playwright/test';
import { type ManagerProcess, startManager } from './manager-process.ts';

/** Starts a manager with the demo cluster; resolves once the demo has its past. */
export async function startDemoManager(dataDir: string): Promise<ManagerProcess> {
  const manager = await startManager(dataDir, ['--demo']);
  const isFilled = async () =>
    (await (await fetch(`${manager.origin}/api/status`)).json()).demo.isFilled as boolean;
  try {
    await expect.poll(isFilled, { timeout: 90_000 }).toBe(true);
  } catch (error) {
    await manager.stop();
    throw error;
  }
  return manager;
}
