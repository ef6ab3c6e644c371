import { create } from 'zustand';
import type { Profile, ProfileList } from '../../src-shared/model/profile.ts';
import { api } from '../api/client.ts';
import { showToast } from './toast-store.ts';

export interface ProfilesState {
  /** Null until it is known. */
  readonly list: ProfileList | null;
}

export const useProfilesStore = create<ProfilesState>()(() => ({ list: null }));

export function selectActiveProfile({ list }: ProfilesState): Profile | null {
  return list?.profiles.find(({ isActive }) => isActive) ?? null;
}

/**
 * Reads the list anew. Where another profile runs than before, the page is loaded anew: nothing in it is about that
 * cluster. Rejects with ApiError.
 */
export async function readProfiles(signal?: AbortSignal): Promise<void> {
  const before = selectActiveProfile(useProfilesStore.getState());
  const known = useProfilesStore.getState().list;
  const list = await api.call('listProfiles', { signal });
  useProfilesStore.setState({ list });
  const active = selectActiveProfile({ list });
  if (before && active && before.id !== active.id) window.location.reload();
  else if (list.problem !== null && list.problem !== known?.problem) {
    showToast({ text: `The profile did not start, the one before runs again. ${list.problem}`, tone: 'bad' });
  }
}

/** Begins to switch; the window follows when the other one answers. Rejects with ApiError. */
export async function activateProfile(id: string): Promise<void> {
  useProfilesStore.setState({ list: await api.call('activateProfile', { params: { id } }) });
}
