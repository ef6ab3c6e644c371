import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LightNodes } from './light-nodes.ts';
import { type RunningServer, startManager } from './processes.ts';

export const NODES = 1000;
export const STREAMS_PER_NODE = 20;

/** Runs the manager with this `liveman.toml` while `work` does. */
export async function withManager<T>(
  folder: string,
  toml: string,
  work: (manager: RunningServer) => Promise<T>,
): Promise<T> {
  // The built-in PostgreSQL's own user has to get through.
  await chmod(folder, 0o755);
  await writeFile(path.join(folder, 'liveman.toml'), toml);
  const manager = await startManager(folder);
  try {
    return await work(manager);
  } finally {
    await manager.stop();
  }
}

/** Every node as configuration. */
export function tomlOf({ urls }: LightNodes): string {
  const entry = (url: string, index: number) => `[[nodes]]\nalias = "node-${index}"\nurl = "${url}"\n`;
  return `[log]\nlevel = "warn"\n${urls.map(entry).join('')}`;
}

/** Resolves once every node answers; rejects after a minute. */
export async function waitUntilUp(origin: string): Promise<void> {
  const untilMs = Date.now() + 60_000;
  for (;;) {
    const status = (await (await fetch(`${origin}/api/status`)).json()) as { nodesUp: number };
    if (status.nodesUp === NODES) return;
    if (Date.now() > untilMs) throw new Error(`Only ${status.nodesUp} of ${NODES} nodes are up after 60 s.`);
    await delay(200);
  }
}
