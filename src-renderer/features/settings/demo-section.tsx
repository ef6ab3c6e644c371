import { useState } from 'react';
import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import { Button } from '../../components/button.tsx';
import { NEEDS_ADMIN, useIsAdmin } from '../../stores/rights.ts';
import { SettingsRow } from './settings-row.tsx';
import { SettingsSection } from './settings-section.tsx';
import { switchDemo } from './switch-demo.ts';

function demoText(demo: SystemStatus['demo']): string {
  if (!demo.isAvailable) return 'The demo cluster is not part of this build.';
  if (!demo.isRunning) return 'Simulated nodes that publish, record and report real media.';
  return demo.isFilled ? 'Running. Its past is complete.' : 'Running. Its past is being filled in.';
}

export function DemoSection({ status }: { readonly status: SystemStatus | null }) {
  const isAdmin = useIsAdmin();
  const [isBusy, setIsBusy] = useState(false);
  if (!status) return null;
  const { isAvailable, isRunning } = status.demo;
  const onClick = async () => {
    setIsBusy(true);
    await switchDemo(!isRunning);
    setIsBusy(false);
  };
  return (
    <SettingsSection id="demo" title="Demo cluster" place="Also by --demo at the start">
      <SettingsRow text={<span role="status">{demoText(status.demo)}</span>}>
        {isAvailable && (
          <Button
            disabled={isBusy || !isAdmin}
            title={isAdmin ? undefined : NEEDS_ADMIN}
            onClick={() => void onClick()}
          >
            {isRunning ? 'Stop the demo' : 'Open the demo'}
          </Button>
        )}
      </SettingsRow>
    </SettingsSection>
  );
}
