import type { RetentionService } from '../../retention/retention-service.ts';
import type { Handlers } from '../endpoint.ts';

type RetentionRoute =
  | 'getRetention'
  | 'setRetentionRules'
  | 'previewRetention'
  | 'previewRetentionRules'
  | 'runRetention';

/** How long recordings are kept. */
export function retentionHandlers(retention: RetentionService): Pick<Handlers, RetentionRoute> {
  return {
    getRetention: () => retention.state(),
    setRetentionRules: async ({ audit, body, principal }) => {
      audit.object('retention rules');
      audit.detail('rules', body.rules);
      audit.detail('before', await retention.windowRules());
      return { rules: await retention.setRules(body.rules, principal?.name ?? '') };
    },
    previewRetention: ({ signal }) => retention.preview(null, signal),
    previewRetentionRules: ({ body, signal }) => retention.preview(body.rules, signal),
    runRetention: ({ audit }) => {
      audit.object('recordings');
      retention.begin();
      return { started: true };
    },
  };
}
