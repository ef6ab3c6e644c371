import { type SecretStore, secretError } from './secret-store.ts';

/**
 * Copies all secrets, reads them back, calls `switchOver`, and then takes them out of the old place.
 *
 * When anything fails before the switch, the copies are taken back and the old place is as it was. Throws as the
 * stores do.
 */
export async function moveSecrets(
  from: SecretStore,
  to: SecretStore,
  switchOver: () => Promise<void>,
): Promise<void> {
  const secrets = await readAll(from);
  const copied: string[] = [];
  try {
    for (const [name, value] of secrets) {
      copied.push(name);
      await to.set(name, value);
    }
    for (const [name, value] of secrets) {
      const reading = await to.get(name);
      if (reading.kind === 'found' && reading.value === value) continue;
      const reason = `${to.name} does not give the secret ${name} back. All secrets stay in ${from.name}.`;
      throw secretError({ kind: 'unavailable', reason });
    }
    await switchOver();
  } catch (error) {
    for (const name of copied) await to.delete(name).catch(() => {});
    throw error;
  }
  // What stays behind is not lost, only kept twice.
  for (const name of secrets.keys()) await from.delete(name).catch(() => {});
}

async function readAll(store: SecretStore): Promise<Map<string, string>> {
  const secrets = new Map<string, string>();
  for (const name of await store.list()) {
    const reading = await store.get(name);
    if (reading.kind === 'found') secrets.set(name, reading.value);
    else if (reading.kind !== 'absent') throw secretError(reading);
  }
  return secrets;
}
