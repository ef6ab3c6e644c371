import { CloseButton } from '../../components/close-button.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { SectionTitle } from '../../components/section-title.tsx';
import { AdminOnly } from '../access/only.tsx';
import styles from './node-hint.module.css';
import { NODE_TOML } from './node-toml.ts';

/** In place of details while no node is selected: what to do, and how nodes come here. */
export function NodeHint({ onClose }: { readonly onClose: () => void }) {
  return (
    <div className={styles.hint}>
      <header className={styles.header}>
        <p>Select a node to see what it does and what is wrong with it.</p>
        <CloseButton label="Close the hint" onClick={onClose} />
      </header>
      <AdminOnly>
        <section aria-label="How nodes are declared">
          <SectionTitle level={2}>How nodes are declared</SectionTitle>
          <p>
            With “Add node”, or with one table for each in <code>liveman.toml</code>, read at a start:
          </p>
          <CodeBlock label="Declaration of a node" text={NODE_TOML} />
        </section>
      </AdminOnly>
    </div>
  );
}
