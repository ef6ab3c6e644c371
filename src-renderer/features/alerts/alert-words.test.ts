import { expect, it } from 'vitest';
import type { Alert } from '../../../src-shared/model/alert.ts';
import { alertTone, fitsAlertFilter, groupByObject, kindsOf, muteWords, spanWords } from './alert-words.ts';

function alert(changes: Partial<Alert>): Alert {
  return {
    id: 'a',
    kind: 'node-down',
    object: { kind: 'node', name: 'edge-01' },
    severity: 'critical',
    text: 'The node edge-01 does not answer.',
    openedAtMs: 1000,
    lastAtMs: 1000,
    count: 1,
    closedAtMs: null,
    acknowledgedAtMs: null,
    acknowledgedBy: null,
    details: {},
    note: '',
    ...changes,
  };
}

it('says how long it stands or stood', () => {
  expect(spanWords(alert({}), 121_000)).toBe('for 2 min');
  expect(spanWords(alert({}), 0)).toBe(spanWords(alert({}), 1000));
  expect(spanWords(alert({ closedAtMs: 121_000 }), 999_000)).toBe('over after 2 min');
});

it('shows closed ones quietly', () => {
  expect(alertTone(alert({}))).toBe('bad');
  expect(alertTone(alert({ severity: 'warning' }))).toBe('warn');
  expect(alertTone(alert({ closedAtMs: 5 }))).toBe('idle');
});

it('groups by object in the order of the newest', () => {
  const stream = { kind: 'stream', name: 'edge-01' } as const;
  const groups = groupByObject([alert({ id: '1' }), alert({ id: '2', object: stream }), alert({ id: '3' })]);
  expect(groups.map((group) => [group.object.kind, group.alerts.map(({ id }) => id)])).toEqual([
    ['node', ['1', '3']],
    ['stream', ['2']],
  ]);
});

it('finds by object, kind and words', () => {
  expect(fitsAlertFilter(alert({}), 'EDGE down')).toBe(true);
  expect(fitsAlertFilter(alert({}), 'clock')).toBe(false);
  expect(fitsAlertFilter(alert({}), '')).toBe(true);
});

it('says what is muted', () => {
  const { kind, object } = alert({});
  expect(muteWords({ kind, object })).toBe('Node down: edge-01');
  expect(muteWords({ kind: null, object })).toBe('Everything about node edge-01');
  expect(muteWords({ kind, object: null })).toBe('Node down everywhere');
});

it('offers the kinds that occur', () => {
  expect(kindsOf([alert({}), alert({ kind: 'clock-skew' }), alert({})])).toEqual(['clock-skew', 'node-down']);
});
