import { expect, it } from 'vitest';
import type { AuditEntry } from '../../../src-shared/model/audit-entry.ts';
import { auditCsvLine } from './audit-text.ts';

const entry = (userAgent: string): AuditEntry => ({
  id: '0',
  atMs: 0,
  lastAtMs: 0,
  count: 1,
  who: '',
  credential: 'none',
  session: null,
  action: 'log in',
  object: '',
  outcome: 'refused',
  status: 401,
  address: '192.0.2.1',
  userAgent,
  details: {},
});

const cellOf = (userAgent: string) =>
  /,192\.0\.2\.1,(.*),\{\}\r\n$/s.exec(auditCsvLine(entry(userAgent)))?.[1];

it.each([
  ['Firefox/1.0', 'Firefox/1.0'],
  ['=1+1', "'=1+1"],
  ['-1', "'-1"],
  ['＝1+1', "'＝1+1"],
  ['x;=1+1;y', `"x;'=1+1;y"`],
  ['x;@SUM(1);-2;\t+3', `"x;'@SUM(1);'-2;'\t'+3"`],
  ['a\n=1', `"a\n'=1"`],
  ['say "hi", all', '"say ""hi"", all"'],
])('lets no spreadsheet take %j for a formula, whatever separates its cells', (userAgent, cell) => {
  expect(cellOf(userAgent)).toBe(cell);
});
