import type { Profile } from '../../../src-shared/model/profile.ts';
import { api, errorMessage } from '../../api/client.ts';
import { activateProfile, readProfiles } from '../../stores/profiles-store.ts';
import { readSettings, useSettingsStore } from '../../stores/settings-store.ts';
import { showToast } from '../../stores/toast-store.ts';

/** Deriving a key takes its time, on a busy computer some seconds. */
const KEY_TIMEOUT_MS = 60_000;

export async function switchTo({ id, name }: Profile): Promise<void> {
  try {
    await activateProfile(id);
    showToast({ text: `${name} is being started. The window follows when it answers.` });
  } catch (error) {
    showToast({ text: errorMessage(error), tone: 'bad' });
  }
}

export async function createProfile(name: string, copyOf: string | null): Promise<void> {
  await api.call('createProfile', { body: { name, copyOf }, timeoutMs: KEY_TIMEOUT_MS });
  await readProfiles();
}

export async function renameProfile(id: string, name: string): Promise<void> {
  await api.call('renameProfile', { params: { id }, body: { name } });
  await readProfiles();
}

export async function deleteProfile(id: string): Promise<void> {
  await api.call('deleteProfile', { params: { id }, timeoutMs: KEY_TIMEOUT_MS });
  await readProfiles();
}

/** Saves the file; an empty pass phrase leaves the secrets out. */
export async function exportProfile(id: string, passphrase: string): Promise<void> {
  const { fileName, text } = await api.call('exportProfile', {
    params: { id },
    body: { passphrase: passphrase === '' ? null : passphrase, window: { ...useSettingsStore.getState() } },
    timeoutMs: KEY_TIMEOUT_MS,
  });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Makes a profile of a file, and takes over the settings of the window where that is wanted. */
export async function importProfile(
  text: string,
  { name, passphrase, takesWindow }: { name: string; passphrase: string; takesWindow: boolean },
): Promise<void> {
  const reply = await api.call('importProfile', {
    body: { text, name: name.trim() === '' ? null : name, passphrase: passphrase === '' ? null : passphrase },
    timeoutMs: KEY_TIMEOUT_MS,
  });
  if (takesWindow && reply.window) useSettingsStore.setState(readSettings(reply.window));
  await readProfiles();
}
