import type { AlertKind } from '../../../src-shared/model/alert.ts';
import { CLOCK_ALARM_MS, offsetEstimateMs } from '../nodes/clock-offset.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';

export const NODE_ALERT_KINDS = ['node-down', 'auth-failed', 'clock-skew'] as const satisfies AlertKind[];
type NodeAlertKind = (typeof NODE_ALERT_KINDS)[number];

export interface Trouble {
  readonly text: string;
  readonly details: Record<string, unknown>;
}

/** What is wrong with a node, by kind: trouble, null for none, undefined where it cannot be told now. */
export function nodeTroubles(snapshot: NodeSnapshot): Record<NodeAlertKind, Trouble | null | undefined> {
  const { health, node } = snapshot;
  const details = { url: node.url, reason: health.reason };
  const isKnown = health.state !== 'unknown';
  const down = { text: `The node ${node.alias} does not answer. ${health.reason ?? ''}`.trim(), details };
  const refused = {
    text: `The node ${node.alias} refuses our token. Enter the right one in its settings.`,
    details,
  };
  return {
    'node-down': isKnown ? (health.state === 'down' ? down : null) : undefined,
    'auth-failed':
      health.state === 'auth-failed' ? refused : isKnown && health.state !== 'down' ? null : undefined,
    'clock-skew': isUsable(health.state) ? clockTrouble(snapshot) : undefined,
  };
}

/** Once told it stays until the clock is clearly right again. */
const CLOCK_RIGHT_MS = CLOCK_ALARM_MS * 0.8;

function clockTrouble({ clockOffset, node }: NodeSnapshot): Trouble | null | undefined {
  if (!clockOffset) return undefined;
  const offsetMs = offsetEstimateMs(clockOffset);
  const isSurelyWrong = clockOffset.minMs > CLOCK_ALARM_MS || clockOffset.maxMs < -CLOCK_ALARM_MS;
  if (!isSurelyWrong) return Math.abs(offsetMs) < CLOCK_RIGHT_MS ? null : undefined;
  const seconds = (Math.abs(offsetMs) / 1000).toFixed(1);
  const way = offsetMs > 0 ? 'ahead' : 'behind';
  return {
    text: `The clock of ${node.alias} is ${seconds} s ${way}, so its recordings lie wrong on the timeline. Set up NTP there.`,
    details: { offsetMs },
  };
}
