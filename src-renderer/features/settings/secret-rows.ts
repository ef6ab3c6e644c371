import type { SecretState } from '../../../src-shared/model/secret-state.ts';

/** A secret by its name, stored or only wanted. */
export interface SecretRow {
  readonly kind: 'keychain' | 'env';
  readonly name: string;
  /** Keys of liveman.toml. */
  readonly usedBy: readonly string[];
  /** Why it has no value now; null when it has one. */
  readonly problem: string | null;
  readonly isStored: boolean;
}

/** Stored secrets and those that liveman.toml names, each once, sorted by name. */
export function secretRows({ file, stored }: Pick<SecretState, 'file' | 'stored'>): SecretRow[] {
  const rows = new Map<string, SecretRow>();
  for (const name of stored) {
    rows.set(`keychain:${name}`, { kind: 'keychain', name, usedBy: [], problem: null, isStored: true });
  }
  for (const { kind, name, path, problem } of file?.named ?? []) {
    const key = `${kind}:${name}`;
    const known = rows.get(key);
    const usedBy = [...(known?.usedBy ?? []), path];
    rows.set(key, {
      kind,
      name,
      usedBy,
      problem: known?.problem ?? problem,
      isStored: known?.isStored ?? false,
    });
  }
  return [...rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
