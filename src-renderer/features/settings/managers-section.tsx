import { useManagersStore } from '../../stores/managers-store.ts';
import { ManagerList } from '../shell/manager-list.tsx';
import { SettingsSection } from './settings-section.tsx';

/** Who shares the database; nothing until it was reached. */
export function ManagersSection() {
  const managers = useManagersStore((state) => state.managers);
  if (managers.length === 0) return null;
  return (
    <SettingsSection id="managers" title="Managers on this database">
      <ManagerList managers={managers} />
    </SettingsSection>
  );
}
