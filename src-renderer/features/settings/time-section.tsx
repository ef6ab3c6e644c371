import { useNow } from '../../components/use-now.ts';
import { formatDateTime } from '../../format/times.ts';
import { useZone } from '../../stores/settings-store.ts';
import { TimeZoneMenu } from '../shell/time-zone-menu.tsx';
import { SettingsRow } from './settings-row.tsx';
import { SettingsSection } from './settings-section.tsx';

export function TimeSection() {
  const zone = useZone();
  const nowMs = useNow(1000);
  return (
    <SettingsSection id="time" title="Time zone" place="Kept by this window">
      <SettingsRow text={`Times are shown in ${zone}. Now: ${formatDateTime(nowMs * 1000, zone)}`}>
        <TimeZoneMenu tone="normal" />
      </SettingsRow>
    </SettingsSection>
  );
}
