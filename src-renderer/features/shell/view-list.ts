import {
  Bell,
  Download,
  Film,
  HardDrive,
  ListVideo,
  type LucideIcon,
  Radio,
  ScrollText,
  Settings,
  Waypoints,
} from 'lucide-react';
import type { View } from '../../router.ts';

export interface ViewEntry {
  readonly view: View;
  readonly title: string;
  readonly Icon: LucideIcon;
  /** Reached by the palette and from the settings only. */
  readonly isHidden?: boolean;
}

/** The views in the order of the rail; the last stands at its foot. */
export const VIEW_LIST: readonly ViewEntry[] = [
  { view: 'cluster', title: 'Cluster', Icon: Waypoints },
  { view: 'streams', title: 'Streams', Icon: ListVideo },
  { view: 'live', title: 'Live', Icon: Radio },
  { view: 'recordings', title: 'Recordings', Icon: Film },
  { view: 'storage', title: 'Storage', Icon: HardDrive },
  { view: 'exports', title: 'Exports', Icon: Download },
  { view: 'alerts', title: 'Alerts', Icon: Bell },
  { view: 'audit', title: 'Audit', Icon: ScrollText, isHidden: true },
  { view: 'settings', title: 'Settings', Icon: Settings },
];

export function titleOf(view: View): string {
  return VIEW_LIST.find((entry) => entry.view === view)?.title ?? '';
}
