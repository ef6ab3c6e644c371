import type { AlertKind, AlertObject } from '../../../src-shared/model/alert.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { Cluster } from '../nodes/cluster.ts';
import type { AlertSink } from './cluster-reader.ts';

/** An alert sink that a test can look into. */
export class AlertLog implements AlertSink {
  readonly open = new Map<string, string>();
  readonly history: string[] = [];

  raise(kind: AlertKind, object: AlertObject, text: string): void {
    const key = `${kind} ${object.name}`;
    if (!this.open.has(key)) this.history.push(`raised ${key}`);
    this.open.set(key, text);
  }

  resolve(kind: AlertKind, object: AlertObject): void {
    const key = `${kind} ${object.name}`;
    if (this.open.delete(key)) this.history.push(`resolved ${key}`);
  }
}

/** A cluster that polls often, so that tests need not wait. */
export function quickCluster(): Cluster {
  return new Cluster({
    clock: systemClock,
    logger: silentLogger,
    activity: { isRecording: () => false },
    pollIntervalMs: 40,
  });
}

/** Resolves when `isTrue`; throws, naming `what`, when that takes longer than `limitMs`. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
