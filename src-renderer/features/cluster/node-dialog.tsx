import { PlugZap } from 'lucide-react';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import type { NodeConfig, NodeTestResult } from '../../../src-shared/model/node-config.ts';
import { api, isAborted } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { replaceQuery } from '../../router.ts';
import { readNodeConfigs } from '../../stores/node-configs-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import styles from './node-dialog.module.css';
import { NodeFields } from './node-fields.tsx';
import { formOf, inputOf, type NodeForm, type NodeFormProblem, problemOf, withScheme } from './node-form.ts';
import { NodeTestOutcome } from './node-test-outcome.tsx';

export interface NodeDialogProps {
  /** The node to edit; null to add one. */
  readonly config: NodeConfig | null;
  readonly onClose: () => void;
}

/** Adds or edits a node; the connection can be tried before anything is stored. */
export function NodeDialog({ config, onClose }: NodeDialogProps) {
  const [form, setForm] = useState<NodeForm>(() => formOf(config));
  const [problem, setProblem] = useState<NodeFormProblem | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const test = useNodeTest(form, config, setProblem);
  const formId = useId();

  const change = (changes: Partial<NodeForm>) => {
    setForm((before) => ({ ...before, ...changes }));
    setProblem(null);
    test.forget();
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setIsSaving(true);
    try {
      const body = inputOf(form);
      const saved = config
        ? await api.call('editNode', { params: { alias: config.alias }, body })
        : await api.call('addNode', { body });
      void readNodeConfigs().catch(() => {});
      showToast({ tone: 'ok', text: config ? `Saved ${saved.alias}.` : `Added ${saved.alias}.` });
      replaceQuery({ node: saved.alias });
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
      setIsSaving(false);
    }
  };
  return (
    <Dialog
      title={config ? `Edit ${config.alias}` : 'Add a node'}
      onClose={onClose}
      footer={
        <div className={styles.footer}>
          <Button
            icon={<PlugZap size={14} strokeWidth={1.75} aria-hidden />}
            disabled={form.url.trim() === '' || test.isRunning}
            onClick={() => void test.run()}
          >
            {test.isRunning ? 'Testing…' : 'Test connection'}
          </Button>
          <span className={styles.spacer} />
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" form={formId} disabled={isSaving}>
            {config ? 'Save' : 'Add node'}
          </Button>
        </div>
      }
    >
      <form id={formId} className={styles.form} onSubmit={(event) => void save(event)} noValidate>
        <NodeFields form={form} problem={problem} onChange={change} />
        <div role="status" className={styles.outcome}>
          {problem?.field === null && <Callout tone="bad">{problem.message}</Callout>}
          {config?.problem && !problem && <Callout>{config.problem}</Callout>}
          {test.result && <NodeTestOutcome result={test.result} />}
        </div>
      </form>
    </Dialog>
  );
}

/** Trying the connection; a change of the fields or closing gives it up. */
function useNodeTest(
  form: NodeForm,
  config: NodeConfig | null,
  onProblem: (problem: NodeFormProblem | null) => void,
) {
  const [result, setResult] = useState<NodeTestResult | null>(null);
  const [isRunning, setIsRunning] = useState(false);
  const aborter = useRef(new AbortController());
  useEffect(() => () => aborter.current.abort(), []);
  const forget = () => {
    aborter.current.abort();
    setResult(null);
    setIsRunning(false);
  };
  const run = async () => {
    aborter.current.abort();
    aborter.current = new AbortController();
    const { signal } = aborter.current;
    setResult(null);
    onProblem(null);
    setIsRunning(true);
    try {
      const { keepsToken, mode, token } = form;
      const secret = keepsToken ? { alias: config?.alias } : { token };
      const body = { url: withScheme(form.url), mode, ...secret };
      const answer = await api.call('testNode', { body, signal, timeoutMs: 30_000 });
      if (!signal.aborted) setResult(answer);
    } catch (error) {
      if (!isAborted(error)) onProblem(problemOf(error));
    }
    if (!signal.aborted) setIsRunning(false);
  };
  return { result, isRunning, forget, run };
}
