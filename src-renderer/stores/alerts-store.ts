import { create } from 'zustand';
import type { Alert } from '../../src-shared/model/alert.ts';
import { type AlertMute, findMute } from '../../src-shared/model/alert-mute.ts';
import { api } from '../api/client.ts';

export interface AlertsState {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly problem: string | null;
  /** Open ones and those that closed while the window was open, newest first. */
  readonly alerts: readonly Alert[];
  /** What is kept quiet, newest first; some may be over by now. */
  readonly mutes: readonly AlertMute[];
}

export const INITIAL_ALERTS: AlertsState = { phase: 'loading', problem: null, alerts: [], mutes: [] };

export const useAlertsStore = create<AlertsState>()(() => INITIAL_ALERTS);

/** Closed alerts of this session are kept so far; older ones are read when they are asked for. */
const MAX_CLOSED = 200;

/** Takes all open alerts. */
export function applyOpenAlerts(open: readonly Alert[]): void {
  useAlertsStore.setState({ phase: 'ready', problem: null, alerts: newestFirst(open) });
}

export function applyAlertsProblem(problem: string): void {
  useAlertsStore.setState((state) => ({ problem, phase: state.phase === 'ready' ? 'ready' : 'failed' }));
}

/** Takes alerts that opened, changed or closed. Answers those that are new here and open. */
export function applyAlerts(changed: readonly Alert[]): readonly Alert[] {
  const before = new Map(useAlertsStore.getState().alerts.map((alert) => [alert.id, alert]));
  const fresh = changed.filter((alert) => isOpen(alert) && !isOpen(before.get(alert.id)));
  const byId = new Map([...before, ...changed.map((alert) => [alert.id, alert] as const)]);
  const closed = newestFirst([...byId.values()].filter((alert) => !isOpen(alert))).slice(0, MAX_CLOSED);
  const open = [...byId.values()].filter(isOpen);
  useAlertsStore.setState({ alerts: newestFirst([...open, ...closed]) });
  return fresh;
}

export function isOpen(alert: Alert | undefined): boolean {
  return alert !== undefined && alert.closedAtMs === null;
}

export function applyMutes(mutes: readonly AlertMute[]): void {
  useAlertsStore.setState({ mutes });
}

/** Reads the mutes now, after a change made here. */
export async function readMutes(signal?: AbortSignal): Promise<void> {
  applyMutes((await api.call('listAlertMutes', { signal })).mutes);
}

/** Whether an alert is kept quiet now. */
export function isMuted(alert: Alert): boolean {
  return findMute(alert, useAlertsStore.getState().mutes, Date.now()) !== null;
}

/** How many open alerts nobody took note of and nobody muted. */
export function selectUnacknowledgedCount({ alerts, mutes }: AlertsState): number {
  const nowMs = Date.now();
  return alerts.filter(
    (alert) => isOpen(alert) && alert.acknowledgedAtMs === null && !findMute(alert, mutes, nowMs),
  ).length;
}

function newestFirst(alerts: readonly Alert[]): readonly Alert[] {
  return [...alerts].sort((a, b) => b.openedAtMs - a.openedAtMs || (a.id < b.id ? -1 : 1));
}
