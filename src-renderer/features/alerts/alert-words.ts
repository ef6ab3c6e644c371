import type { Alert, AlertKind, AlertObject, AlertObjectKind } from '../../../src-shared/model/alert.ts';
import type { AlertMute } from '../../../src-shared/model/alert-mute.ts';
import type { DotTone } from '../../components/state-dot.tsx';
import { formatSpanMs } from '../../format/durations.ts';
import { hrefTo } from '../../router.ts';

const KIND_WORDS: Readonly<Record<AlertKind, string>> = {
  'node-down': 'Node down',
  'auth-failed': 'Token refused',
  'clock-skew': 'Clock wrong',
  'stream-gone': 'Stream gone',
  'recording-stalled': 'Recording stalled',
  'cascade-failed': 'Relay failed',
  'database-trouble': 'Database trouble',
  'journal-in-use': 'Journal in use',
  'journal-nearly-full': 'Journal nearly full',
  'report-set-aside': 'Report set aside',
  'storage-trouble': 'Storage trouble',
  'disk-nearly-full': 'Disk nearly full',
  'retention-trouble': 'Recordings not removed',
  'index-differs': 'Index and storage differ',
  'certificate-trouble': 'Certificate trouble',
  'keychain-trouble': 'Keychain locked or missing',
  'secret-missing': 'Secret missing',
};

const OBJECT_WORDS: Readonly<Record<AlertObjectKind, string>> = {
  node: 'Node',
  stream: 'Stream',
  database: 'Database',
  storage: 'Storage',
  endpoint: 'Endpoint',
  secrets: 'Secrets',
};

export function kindWord(kind: AlertKind): string {
  return KIND_WORDS[kind];
}

export function objectWord(kind: AlertObjectKind): string {
  return OBJECT_WORDS[kind];
}

/** Closed ones are quiet, whatever they were. */
export function alertTone(alert: Alert): DotTone {
  if (alert.closedAtMs !== null) return 'idle';
  return alert.severity === 'critical' ? 'bad' : 'warn';
}

/** "for 6 min", "over after 20 s"; times that are in the future by a clock's error count as now. */
export function spanWords(alert: Alert, nowMs: number): string {
  const span = (endMs: number) => formatSpanMs(Math.max(0, endMs - alert.openedAtMs));
  return alert.closedAtMs === null ? `for ${span(nowMs)}` : `over after ${span(alert.closedAtMs)}`;
}

/** "Node down: edge-01", "Everything about node edge-01", "Node down everywhere". */
export function muteWords({ kind, object }: Pick<AlertMute, 'kind' | 'object'>): string {
  if (object === null) return kind === null ? 'Everything' : `${kindWord(kind)} everywhere`;
  if (kind !== null) return `${kindWord(kind)}: ${object.name}`;
  return `Everything about ${objectWord(object.kind).toLowerCase()} ${object.name}`;
}

/** Where the object is shown; null for what has no view of its own. */
export function objectHref({ kind, name }: AlertObject): string | null {
  if (kind === 'node') return hrefTo('cluster', { node: name });
  return kind === 'stream' ? hrefTo('recordings', { stream: name }) : null;
}

export interface AlertGroup {
  readonly object: AlertObject;
  readonly alerts: readonly Alert[];
}

/** Alerts by what they are about; the object with the newest alert first, as the alerts come newest first. */
export function groupByObject(alerts: readonly Alert[]): readonly AlertGroup[] {
  const groups = new Map<string, { object: AlertObject; alerts: Alert[] }>();
  for (const alert of alerts) {
    const key = `${alert.object.kind}\n${alert.object.name}`;
    const group = groups.get(key);
    if (group) group.alerts.push(alert);
    else groups.set(key, { object: alert.object, alerts: [alert] });
  }
  return [...groups.values()];
}

/** The kinds that occur among alerts, by their words. */
export function kindsOf(alerts: readonly Alert[]): AlertKind[] {
  return [...new Set(alerts.map((alert) => alert.kind))].sort((a, b) => (kindWord(a) < kindWord(b) ? -1 : 1));
}

/** Whether an alert fits what was typed: its object, kind, words or note. */
export function fitsAlertFilter(alert: Alert, filter: string): boolean {
  const text = `${alert.object.name} ${objectWord(alert.object.kind)} ${kindWord(alert.kind)} ${alert.text} ${alert.note}`;
  const haystack = text.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
