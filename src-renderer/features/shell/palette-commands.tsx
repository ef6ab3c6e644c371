import { Clock, Keyboard, Monitor, Moon, Sun } from 'lucide-react';
import { LOCAL_ZONE, UTC_ZONE } from '../../format/zone-choice.ts';
import { navigate } from '../../router.ts';
import { setTheme, setTimeZone } from '../../stores/settings-store.ts';
import type { PaletteOption } from './palette-options.ts';
import { VIEW_LIST } from './view-list.ts';

const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const;

/** Views and commands that are always there. */
export function fixedOptions(actions: { readonly showShortcuts: () => void }): PaletteOption[] {
  const views = VIEW_LIST.map(({ view, title, Icon }) => ({
    id: `view:${view}`,
    group: 'Go to',
    label: title,
    icon: <Icon {...ICON} />,
    run: () => navigate(view),
  }));
  return [
    ...views,
    command('Theme: dark', <Moon {...ICON} />, () => setTheme('dark')),
    command('Theme: light', <Sun {...ICON} />, () => setTheme('light')),
    command('Theme: as the system', <Monitor {...ICON} />, () => setTheme('system')),
    command('Times in UTC', <Clock {...ICON} />, () => setTimeZone(UTC_ZONE)),
    command('Times of this computer', <Clock {...ICON} />, () => setTimeZone(LOCAL_ZONE)),
    command('Keyboard shortcuts', <Keyboard {...ICON} />, actions.showShortcuts),
  ];
}

function command(label: string, icon: PaletteOption['icon'], run: () => void): PaletteOption {
  return { id: `command:${label}`, group: 'Commands', label, icon, run };
}
