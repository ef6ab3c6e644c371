import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { isKnownZone, LOCAL_ZONE, resolveZone, UTC_ZONE, type ZoneChoice } from '../format/zone-choice.ts';
import { hrefTo, VIEWS, type View } from '../router.ts';

export const THEME_CHOICES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

/** How a table is sorted. */
export interface TableSort {
  readonly column: string;
  readonly isDescending: boolean;
}

/** What this window keeps over restarts, under one key of localStorage. */
export interface Settings {
  readonly theme: ThemeChoice;
  readonly timeZone: ZoneChoice;
  readonly lastView: View;
  /** The parameters each view was left with, as the address has them. */
  readonly lastQueries: Readonly<Partial<Record<View, string>>>;
  /** Pixels, by panel. */
  readonly panelSizes: Readonly<Record<string, number>>;
  /** Whether a panel is closed, by panel. */
  readonly closedPanels: Readonly<Record<string, boolean>>;
  /** Columns the operator took out, by table. */
  readonly hiddenColumns: Readonly<Record<string, readonly string[]>>;
  readonly sorts: Readonly<Record<string, TableSort>>;
  /** What a feature keeps for itself (JSON), by a name of its own; it checks what it reads. */
  readonly saved: Readonly<Record<string, unknown>>;
}

const SETTINGS_KEY = 'liveman.window';
const SETTINGS_VERSION = 1;

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  timeZone: LOCAL_ZONE,
  lastView: 'cluster',
  lastQueries: {},
  panelSizes: {},
  closedPanels: {},
  hiddenColumns: {},
  sorts: {},
  saved: {},
};

export const useSettingsStore = create<Settings>()(
  persist(() => DEFAULT_SETTINGS, {
    name: SETTINGS_KEY,
    version: SETTINGS_VERSION,
    merge: (stored) => readSettings(stored),
    // What another version wrote is read field by field like anything else.
    migrate: (stored) => readSettings(stored),
  }),
);

/** Settings from whatever was stored; a field that is not usable takes its default. */
export function readSettings(stored: unknown): Settings {
  const from = isRecord(stored) ? stored : {};
  const zone = from.timeZone;
  return {
    theme: THEME_CHOICES.find((theme) => theme === from.theme) ?? DEFAULT_SETTINGS.theme,
    timeZone: typeof zone === 'string' && isZoneChoice(zone) ? zone : DEFAULT_SETTINGS.timeZone,
    lastView: VIEWS.find((view) => view === from.lastView) ?? DEFAULT_SETTINGS.lastView,
    lastQueries: readRecord(from.lastQueries, isText),
    panelSizes: readRecord(from.panelSizes, isFiniteNumber),
    closedPanels: readRecord(from.closedPanels, isBoolean),
    hiddenColumns: readRecord(from.hiddenColumns, isStringArray),
    sorts: readRecord(from.sorts, isTableSort),
    saved: readRecord(from.saved, isAnything),
  };
}

function isZoneChoice(zone: string): boolean {
  return zone === LOCAL_ZONE || zone === UTC_ZONE || isKnownZone(zone);
}

function readRecord<T>(value: unknown, isGood: (entry: unknown) => entry is T): Record<string, T> {
  const result: Record<string, T> = {};
  if (!isRecord(value)) return result;
  for (const [key, entry] of Object.entries(value)) if (isGood(entry)) result[key] = entry;
  return result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isTableSort(value: unknown): value is TableSort {
  return isRecord(value) && typeof value.column === 'string' && typeof value.isDescending === 'boolean';
}

function isAnything(value: unknown): value is unknown {
  return value !== undefined;
}

export function setTheme(theme: ThemeChoice): void {
  useSettingsStore.setState({ theme });
}

export function setTimeZone(timeZone: ZoneChoice): void {
  useSettingsStore.setState({ timeZone });
}

/** Notes where the operator is, so that a restart and the rail lead back there. */
export function setLastPlace(lastView: View, query: string): void {
  useSettingsStore.setState(({ lastQueries }) => ({
    lastView,
    lastQueries: lastQueries[lastView] === query ? lastQueries : { ...lastQueries, [lastView]: query },
  }));
}

/** The address of a view as it was left. */
export function lastPlaceOf({ lastQueries }: Settings, view: View): string {
  return hrefTo(view, Object.fromEntries(new URLSearchParams(lastQueries[view])));
}

export function setPanelSize(panel: string, sizePx: number): void {
  useSettingsStore.setState((state) => ({ panelSizes: { ...state.panelSizes, [panel]: sizePx } }));
}

export function setPanelClosed(panel: string, isClosed: boolean): void {
  useSettingsStore.setState((state) => ({ closedPanels: { ...state.closedPanels, [panel]: isClosed } }));
}

export function setHiddenColumns(table: string, columns: readonly string[]): void {
  useSettingsStore.setState((state) => ({ hiddenColumns: { ...state.hiddenColumns, [table]: columns } }));
}

export function setSort(table: string, sort: TableSort): void {
  useSettingsStore.setState((state) => ({ sorts: { ...state.sorts, [table]: sort } }));
}

/** Keeps a feature's own JSON value over restarts. */
export function setSaved(name: string, value: unknown): void {
  useSettingsStore.setState((state) => ({ saved: { ...state.saved, [name]: value } }));
}

/** The IANA zone in which times are shown. */
export function selectZone(state: Settings): string {
  return resolveZone(state.timeZone);
}

/** The IANA zone in which times are shown; the component is drawn anew when it changes. */
export function useZone(): string {
  return useSettingsStore(selectZone);
}
