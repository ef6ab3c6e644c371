import { Type } from 'typebox';
import { RetentionPreview, RetentionRule, RetentionRuleInput, RetentionState } from '../model/retention.ts';
import { defineRoutes } from './route.ts';

const Rules = Type.Object({
  rules: Type.Array(RetentionRuleInput, { maxItems: 500, description: 'In the order they are tried.' }),
});

/** How long recordings are kept. */
export const retentionRoutes = defineRoutes({
  getRetention: {
    method: 'GET',
    path: '/api/retention',
    access: 'admin',
    summary: 'Rules, the latest removals, what withstands, and when the storage is full.',
    form: 'ours',
    reply: RetentionState,
    errors: ['database_unavailable'],
  },
  setRetentionRules: {
    method: 'PUT',
    path: '/api/retention/rules',
    access: 'admin',
    audit: 'change retention',
    summary: 'Puts rules in place of all made in the window; those of liveman.toml stay before them.',
    form: 'ours',
    body: Rules,
    reply: Type.Object({ rules: Type.Array(RetentionRule) }),
    errors: ['unprocessable', 'bad_request', 'database_unavailable'],
  },
  previewRetention: {
    method: 'GET',
    path: '/api/retention/preview',
    access: 'admin',
    summary: 'What the rules would remove now, per stream and day, and what is protected. Changes nothing.',
    form: 'ours',
    reply: RetentionPreview,
    errors: ['database_unavailable'],
  },
  previewRetentionRules: {
    method: 'POST',
    path: '/api/retention/preview',
    access: 'admin',
    summary: 'The same for rules that are not saved, in place of those made in the window.',
    form: 'ours',
    body: Rules,
    reply: RetentionPreview,
    errors: ['unprocessable', 'bad_request', 'database_unavailable'],
  },
  runRetention: {
    method: 'POST',
    path: '/api/retention/run',
    access: 'admin',
    audit: 'run retention',
    summary: 'Begins to remove what the rules no longer keep. Progress is in `runs` of /api/retention.',
    form: 'ours',
    reply: Type.Object({ started: Type.Boolean() }),
    errors: ['conflict'],
  },
});
