import { beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_SETTINGS,
  lastPlaceOf,
  readSettings,
  selectZone,
  setLastPlace,
  setPanelSize,
  setTheme,
  setTimeZone,
  useSettingsStore,
} from './settings-store.ts';

describe('settings', () => {
  beforeEach(() => {
    localStorage.clear();
    useSettingsStore.setState(DEFAULT_SETTINGS, true);
  });

  it('outlive a restart under one versioned key', async () => {
    setTheme('dark');
    setPanelSize('node-details', 320);
    expect(Object.keys(localStorage)).toEqual(['liveman.window']);
    const stored = localStorage.getItem('liveman.window') ?? '';
    useSettingsStore.setState(DEFAULT_SETTINGS, true);
    localStorage.setItem('liveman.window', stored);
    await useSettingsStore.persist.rehydrate();
    expect(useSettingsStore.getState()).toMatchObject({
      theme: 'dark',
      panelSizes: { 'node-details': 320 },
    });
  });

  it('take the default for each field that cannot be used', () => {
    const settings = readSettings({
      theme: 'pink',
      timeZone: 'Europe/Atlantis',
      lastView: 'exports',
      panelSizes: { good: 200, bad: 'wide', worse: Number.NaN },
      hiddenColumns: { nodes: ['in'], streams: 5 },
      sorts: { nodes: { column: 'state', isDescending: true }, streams: {} },
      closedPanels: [],
    });
    expect(settings).toEqual({
      ...DEFAULT_SETTINGS,
      lastView: 'exports',
      panelSizes: { good: 200 },
      hiddenColumns: { nodes: ['in'] },
      sorts: { nodes: { column: 'state', isDescending: true } },
    });
    expect(readSettings(null)).toEqual(DEFAULT_SETTINGS);
  });

  it('give the zone by its name', () => {
    setTimeZone('utc');
    expect(selectZone(useSettingsStore.getState())).toBe('UTC');
    setTimeZone('Asia/Tokyo');
    expect(selectZone(useSettingsStore.getState())).toBe('Asia/Tokyo');
  });

  it('lead back to where a view was left', () => {
    setLastPlace('streams', 'show=live&stream=quay%2Fwest');
    setLastPlace('cluster', '');
    const settings = useSettingsStore.getState();
    expect(settings.lastView).toBe('cluster');
    expect(lastPlaceOf(settings, 'streams')).toBe('#/streams?show=live&stream=quay%2Fwest');
    expect(lastPlaceOf(settings, 'cluster')).toBe('#/cluster');
    expect(lastPlaceOf(settings, 'alerts')).toBe('#/alerts');
    expect(readSettings({ lastQueries: { streams: 7 } }).lastQueries).toEqual({});
  });
});
