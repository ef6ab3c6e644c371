import { userInfo } from 'node:os';
import { AuditBacklog } from '../core/audit/audit-backlog.ts';
import { errorMessage } from '../core/base/errors.ts';
import type { Arguments } from './arguments.ts';

/** What a command does, as the audit log names it; null where it only looks. */
function actOf(args: Arguments): { readonly action: string; readonly object: string } | null {
  switch (args.command) {
    case 'secret':
      if (args.action === 'list') return null;
      if (args.action === 'move') return { action: 'move secrets', object: args.place };
      return { action: args.action === 'set' ? 'store secret' : 'delete secret', object: args.name };
    case 'profile':
      if (args.action === 'list') return null;
      return args.action === 'export'
        ? { action: 'export profile', object: args.profile }
        : { action: 'import profile', object: args.name ?? args.file };
    case 'retention':
      return args.isRun ? { action: 'run retention', object: 'recordings' } : null;
    case 'check':
      return args.isRepair ? { action: 'repair index', object: args.stream ?? 'all streams' } : null;
    case 'index':
      return { action: 'index storage', object: args.storage };
    default:
      return null;
  }
}

/** Keeps what a command did, by whom, for the audit log of the manager on this data folder. Never rejects. */
export async function noteCommand(args: Arguments, dataDir: string, isDone: boolean): Promise<void> {
  const act = actOf(args);
  if (!act) return;
  try {
    await new AuditBacklog(dataDir).note({
      ...act,
      atMs: Date.now(),
      who: userInfo().username,
      credential: 'system',
      session: null,
      outcome: isDone ? 'ok' : 'failed',
      status: null,
      address: null,
      userAgent: null,
      details: { by: 'command line' },
    });
  } catch (error) {
    process.stderr.write(`This is not in the audit log: ${errorMessage(error)}\n`);
  }
}
