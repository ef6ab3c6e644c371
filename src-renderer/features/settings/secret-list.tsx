import { Trash2 } from 'lucide-react';
import type { SecretState } from '../../../src-shared/model/secret-state.ts';
import { IconButton } from '../../components/icon-button.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { showDialog } from '../../stores/dialog-store.ts';
import { DeleteSecretDialog } from './delete-secret-dialog.tsx';
import styles from './secret-list.module.css';
import { type SecretRow, secretRows } from './secret-rows.ts';

export interface SecretListProps {
  readonly state: SecretState;
  readonly onChange: () => Promise<void>;
}

/** Named secrets, what uses each, and whether it can be read. */
export function SecretList({ state, onChange }: SecretListProps) {
  const rows = secretRows(state);
  const askToDelete = ({ name, usedBy }: SecretRow): void =>
    showDialog((onClose) => (
      <DeleteSecretDialog name={name} usedBy={usedBy} onClose={onClose} onChange={onChange} />
    ));
  if (rows.length === 0) return null;
  return (
    <table className={styles.table} aria-label="Named secrets">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Used by</th>
          <th scope="col">State</th>
          <th scope="col">
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.kind}:${row.name}`}>
            <td>
              <code>{row.name}</code>
              <span className={styles.source}>{hintOf(row, state)}</span>
            </td>
            <td>
              {row.usedBy.length === 0 ? (
                <span className={styles.unused}>nothing</span>
              ) : (
                row.usedBy.join(', ')
              )}
            </td>
            <td>
              <span className={styles.state}>
                <StateDot tone={row.problem ? 'bad' : 'ok'} />
                {stateWord(row, state)}
              </span>
            </td>
            <td className={styles.actions}>
              {row.isStored && (
                <IconButton label={`Delete ${row.name}`} onClick={() => askToDelete(row)}>
                  <Trash2 size={16} strokeWidth={1.75} aria-hidden />
                </IconButton>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Why it has no value, with the remedy; while the whole store is closed, that is said above the list once. */
function hintOf({ kind, problem }: SecretRow, { store }: SecretState): string {
  if (problem !== null && (kind === 'env' || store.problem === null)) return problem;
  return kind === 'env' ? 'environment variable' : '';
}

function stateWord({ kind, problem }: SecretRow, { store }: SecretState): string {
  if (problem === null) return 'can be read';
  if (kind === 'env') return 'not set';
  return store.problem === null ? 'not stored' : 'locked';
}
