import { CodeBlock } from '../../components/code-block.tsx';
import { NODE_TOML } from '../cluster/node-toml.ts';
import { SettingsRow } from './settings-row.tsx';
import { SettingsSection } from './settings-section.tsx';
import styles from './system-sections.module.css';

export function NodesSection() {
  return (
    <SettingsSection
      id="nodes"
      title="Nodes"
      place={
        <>
          <code>[[nodes]]</code> in liveman.toml
        </>
      }
    >
      <div className={styles.stack}>
        <SettingsRow text="Nodes can be added in the Cluster view at any time. In the file, one table for each; a restart takes them in.">
          {null}
        </SettingsRow>
        <CodeBlock label="Example of a node" text={NODE_TOML} />
      </div>
    </SettingsSection>
  );
}
