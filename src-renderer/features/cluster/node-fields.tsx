import { useEffect, useId } from 'react';
import type { NodeMode } from '../../../src-shared/model/node-config.ts';
import { Button } from '../../components/button.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { TextField, type TextFieldProps } from '../../components/text-field.tsx';
import { readStorages, useStoragesStore } from '../../stores/storages-store.ts';
import styles from './node-dialog.module.css';
import type { NodeForm, NodeFormField, NodeFormProblem } from './node-form.ts';

export interface NodeFieldsProps {
  readonly form: NodeForm;
  readonly problem: NodeFormProblem | null;
  readonly onChange: (changes: Partial<NodeForm>) => void;
}

const MODES: readonly { value: NodeMode; label: string }[] = [
  { value: 'sse', label: 'Events' },
  { value: 'poll', label: 'Polling' },
];

/** The fields of the node dialog. */
export function NodeFields({ form, problem, onChange }: NodeFieldsProps) {
  const at = (field: NodeFormField) => (problem?.field === field ? problem.message : null);
  return (
    <>
      <CheckedField
        label="Address"
        placeholder="http://10.0.7.13:7777"
        inputMode="url"
        value={form.url}
        problem={at('url')}
        onChange={(url) => onChange({ url })}
        data-autofocus
      />
      <div className={styles.pair}>
        <CheckedField
          label="Alias"
          placeholder="edge-01"
          value={form.alias}
          problem={at('alias')}
          maxLength={64}
          onChange={(alias) => onChange({ alias })}
        />
        <TextField
          label="Site (optional)"
          isLabelShown
          placeholder="Harbour"
          maxLength={100}
          value={form.site}
          onChange={(site) => onChange({ site })}
        />
      </div>
      <StorageField form={form} problem={at('storage')} onChange={onChange} />
      <TokenField form={form} problem={at('token')} onChange={onChange} />
      <div>
        <span className={styles.label}>Watched by</span>
        <div className={styles.mode}>
          <Segmented
            label="Watched by"
            value={form.mode}
            options={MODES}
            onChange={(mode) => onChange({ mode })}
          />
          <span className={styles.hint}>
            {form.mode === 'sse'
              ? 'Changes are seen at once; the node is also polled.'
              : 'The node is asked every few seconds.'}
          </span>
        </div>
      </div>
    </>
  );
}

/** Which storage the node records to; shown where there is a choice. */
function StorageField({
  form,
  problem,
  onChange,
}: Omit<NodeFieldsProps, 'problem'> & { problem: string | null }) {
  const storages = useStoragesStore((state) => state.storages);
  useEffect(() => {
    const aborter = new AbortController();
    void readStorages(aborter.signal);
    return () => aborter.abort();
  }, []);
  const names = storages?.map(({ name }) => name) ?? [];
  if (names.length < 2 && form.storage === '') return null;
  const isKnown = form.storage === '' || names.includes(form.storage);
  return (
    <div>
      <SelectField
        label="Records to"
        value={form.storage}
        options={[
          { value: '', label: 'default' },
          ...names.filter((name) => name !== 'default').map((name) => ({ value: name, label: name })),
          ...(isKnown ? [] : [{ value: form.storage, label: `${form.storage} (not in liveman.toml)` }]),
        ]}
        onChange={(storage) => onChange({ storage })}
      />
      {problem !== null && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function TokenField({
  form,
  problem,
  onChange,
}: Omit<NodeFieldsProps, 'problem'> & { problem: string | null }) {
  if (form.keepsToken) {
    return (
      <div>
        <span className={styles.label}>Token</span>
        <div className={styles.mode}>
          <span>A token is stored and is never shown.</span>
          <Button onClick={() => onChange({ keepsToken: false, token: '' })}>Replace</Button>
        </div>
      </div>
    );
  }
  return (
    <CheckedField
      label="Token (if the node wants one)"
      type="password"
      autoComplete="new-password"
      value={form.token}
      problem={problem}
      onChange={(token) => onChange({ token })}
    />
  );
}

/** A field that tells what is wrong with it. */
function CheckedField({ problem, ...field }: TextFieldProps & { readonly problem: string | null }) {
  const id = useId();
  return (
    <div>
      <TextField
        isLabelShown
        {...field}
        aria-invalid={problem !== null || undefined}
        aria-describedby={problem === null ? undefined : id}
      />
      {problem !== null && (
        <p id={id} className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
