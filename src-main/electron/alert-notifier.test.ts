import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DesktopNotice, NotificationLevel } from '../../src-shared/contract/desktop-bridge.ts';
import type { Alert } from '../../src-shared/model/alert.ts';
import { AlertNotifier } from './alert-notifier.ts';
import { NotificationLevelFile } from './notification-level-file.ts';

let level: NotificationLevel;
let isWatched: boolean;
let shown: DesktopNotice[];
let notifier: AlertNotifier;

beforeEach(() => {
  vi.useFakeTimers();
  level = 'all';
  isWatched = false;
  shown = [];
  notifier = new AlertNotifier({
    readLevel: () => level,
    isWatched: () => isWatched,
    show: (notice) => shown.push(notice),
  });
});
afterEach(() => {
  notifier.close();
  vi.useRealTimers();
});

function alert(name: string, severity: Alert['severity'] = 'critical'): Alert {
  return {
    id: name,
    kind: 'node-down',
    object: { kind: 'node', name },
    severity,
    text: `The node ${name} does not answer.`,
    openedAtMs: 0,
    lastAtMs: 0,
    count: 1,
    closedAtMs: null,
    acknowledgedAtMs: null,
    acknowledgedBy: null,
    details: {},
    note: '',
  };
}
const open = (...names: string[]) => {
  for (const name of names) notifier.note({ event: 'opened', alert: alert(name) });
};

it('tells one alert at once, in its words', () => {
  open('edge-01');
  expect(shown).toEqual([{ title: 'Node edge-01', body: 'The node edge-01 does not answer.' }]);
  notifier.note({ event: 'changed', alert: alert('edge-01') });
  notifier.note({ event: 'closed', alert: alert('edge-01') });
  vi.advanceTimersByTime(60_000);
  expect(shown).toHaveLength(1);
});

it('gathers those that follow, without those that are over by then', () => {
  open('a', 'b', 'c', 'd', 'e', 'f', 'g');
  notifier.note({ event: 'closed', alert: alert('c') });
  expect(shown).toHaveLength(1);
  vi.advanceTimersByTime(5000);
  expect(shown[1]).toEqual({ title: '5 new alerts', body: 'Node b, Node d, Node e, Node f and 1 more' });
  vi.advanceTimersByTime(5000);
  open('h');
  expect(shown).toHaveLength(3);
});

it('is quiet as it was told, and while somebody looks', () => {
  level = 'critical';
  notifier.note({ event: 'opened', alert: alert('a', 'warning') });
  level = 'off';
  open('b');
  level = 'all';
  isWatched = true;
  open('c');
  expect(shown).toEqual([]);
  isWatched = false;
  notifier.note({ event: 'reopened', alert: { ...alert('d'), acknowledgedAtMs: 5 } });
  expect(shown).toEqual([]);
  notifier.note({ event: 'reopened', alert: alert('d', 'warning') });
  expect(shown).toHaveLength(1);
});

it('keeps the choice over a restart, and takes an unreadable one for the default', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'liveman-notifications-'));
  try {
    const file = path.join(folder, 'window', 'notifications.json');
    expect(new NotificationLevelFile(file).read()).toBe('all');
    new NotificationLevelFile(file).write('critical');
    expect(new NotificationLevelFile(file).read()).toBe('critical');
    new NotificationLevelFile(file).write('loud' as NotificationLevel);
    expect(new NotificationLevelFile(file).read()).toBe('all');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
