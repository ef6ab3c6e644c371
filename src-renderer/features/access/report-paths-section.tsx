import { useState } from 'react';
import { api } from '../../api/client.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import rows from '../../components/row-list.module.css';
import { SelectField } from '../../components/select-field.tsx';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { useIsAdmin } from '../../stores/rights.ts';
import { useSessionStore } from '../../stores/session-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { useReading } from '../../stores/use-reading.ts';
import { SettingsSection } from '../settings/settings-section.tsx';
import styles from './access-list.module.css';

const readPaths = async (signal: AbortSignal) => (await api.call('listReportPaths', { signal })).paths;

/** Secret addresses for old nodes, which report without a token. */
export function ReportPathsSection() {
  const isAdmin = useIsAdmin();
  const isAuthRequired = useSessionStore((state) => state.session?.isAuthRequired ?? false);
  if (!isAdmin || !isAuthRequired) return null;
  return (
    <SettingsSection
      id="report-paths"
      title="Nodes without a token"
      place={
        <>
          Made here, or <code>report_from</code> of a node in liveman.toml
        </>
      }
    >
      <PathList />
    </SettingsSection>
  );
}

function PathList() {
  const { problem, reload, value: paths } = useReading('report paths', readPaths);
  const [isAsked, setIsAsked] = useState(false);
  const [ended, setEnded] = useState<string | null>(null);
  return (
    <div className={styles.stack}>
      {problem && (
        <Callout tone="bad" onRetry={reload}>
          {problem}
        </Callout>
      )}
      <div className={styles.bar}>
        <span>
          Old nodes report without a token. A secret address lets one of them in, for its own reports only.
        </span>
        <span className={styles.buttons}>
          <Button onClick={() => setIsAsked(true)}>Make an address</Button>
        </span>
      </div>
      {paths && paths.length > 0 && (
        <ul className={rows.list} aria-label="Secret addresses">
          {paths.map(({ alias, createdBy }) => (
            <li key={alias} className={rows.row}>
              <div className={rows.main}>
                <div className={rows.name}>
                  {alias} <Badge tone="ok">may report</Badge>
                </div>
                <div className={rows.hint}>made by {createdBy}</div>
              </div>
              <Button tone="plain" onClick={() => setEnded(alias)}>
                End
              </Button>
            </li>
          ))}
        </ul>
      )}
      {isAsked && <PathDialog onClose={() => setIsAsked(false)} onMade={reload} />}
      {ended !== null && (
        <ConfirmDialog
          title={`End the address of ${ended}?`}
          keep="Keep it"
          action="End it"
          onClose={() => setEnded(null)}
          run={async () => {
            await api.call('revokeReportPath', { params: { alias: ended } });
            showToast({ text: `${ended} can no longer report by its address.` });
            reload();
          }}
        >
          <p>
            Reports of <strong>{ended}</strong> are refused from now on, and what it records meanwhile does
            not appear.
          </p>
        </ConfirmDialog>
      )}
    </div>
  );
}

function PathDialog({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: () => void }) {
  const nodes = useClusterStore((state) => state.nodes);
  const aliases = nodes.map(({ alias }) => alias);
  const [alias, setAlias] = useState(aliases[0] ?? '');
  const [url, setUrl] = useState<string | null>(null);
  if (url !== null) {
    return (
      <Dialog
        title={`Address for ${alias}`}
        onClose={onClose}
        footer={
          <Button data-autofocus tone="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <div className={styles.stack}>
          <p className={styles.explain}>
            Set it on the node as the URL of the manager. It is shown this once; who knows it can report for{' '}
            {alias}.
          </p>
          <CodeBlock label="Address" text={url} />
        </div>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title="Make a secret address"
      action="Make it"
      isReady={alias !== ''}
      run={async () => {
        setUrl((await api.call('issueReportPath', { params: { alias } })).url);
        onMade();
      }}
      onClose={onClose}
    >
      <SelectField
        label="Node"
        value={alias}
        options={aliases.map((value) => ({ value, label: value }))}
        onChange={setAlias}
      />
      <p className={styles.explain}>An address that the node has already ends when a new one is made.</p>
    </FormDialog>
  );
}
