import { expect, it } from 'vitest';
import type { ManagerView } from '../../../src-shared/model/manager-view.ts';
import { dutiesText, managerName, othersText } from './manager-words.ts';

const manager = (change: Partial<ManagerView> = {}): ManagerView => ({
  id: 'a',
  host: 'control-2',
  user: 'ops',
  processId: 1,
  profile: '',
  version: '1.0.0',
  startedAtMs: 0,
  lastSeenMs: 0,
  duties: [],
  isSelf: false,
  foreignNodes: [],
  ...change,
});

it('says who is there, and what each does', () => {
  expect(othersText([manager({ isSelf: true }), manager()])).toBe('1 other');
  expect(othersText([manager({ isSelf: true }), manager(), manager()])).toBe('2 others');
  expect(managerName(manager())).toBe('ops at control-2');
  expect(managerName(manager({ profile: 'Harbour' }))).toBe('ops at control-2, Harbour');
  expect(dutiesText(manager({ duties: ['alerts', 'auto-record', 'later'] }))).toBe(
    'alerts, automatic recording, later',
  );
});
