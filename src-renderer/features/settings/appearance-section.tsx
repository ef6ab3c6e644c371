import { Segmented } from '../../components/segmented.tsx';
import { setTheme, type ThemeChoice, useSettingsStore } from '../../stores/settings-store.ts';
import { SettingsRow } from './settings-row.tsx';
import { SettingsSection } from './settings-section.tsx';

const THEMES: readonly { readonly value: ThemeChoice; readonly label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function AppearanceSection() {
  const theme = useSettingsStore((state) => state.theme);
  return (
    <SettingsSection id="appearance" title="Appearance" place="Kept by this window">
      <SettingsRow text="Theme">
        <Segmented label="Theme" value={theme} options={THEMES} onChange={setTheme} />
      </SettingsRow>
    </SettingsSection>
  );
}
