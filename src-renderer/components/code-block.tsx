import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import styles from './code-block.module.css';
import { IconButton } from './icon-button.tsx';

export interface CodeBlockProps {
  /** What the lines are. */
  readonly label: string;
  readonly text: string;
}

const ICON = { size: 14, strokeWidth: 1.75, 'aria-hidden': true } as const;
const COPIED_MS = 2000;

/** Lines to paste elsewhere, with a button that copies them. */
export function CodeBlock({ label, text }: CodeBlockProps) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setIsCopied(true);
    setTimeout(() => setIsCopied(false), COPIED_MS);
  };
  return (
    <figure className={styles.block} aria-label={label}>
      <pre className={styles.text}>{text}</pre>
      <IconButton
        label={isCopied ? 'Copied' : `Copy: ${label}`}
        className={styles.copy}
        onClick={() => void copy().catch(() => setIsCopied(false))}
      >
        {isCopied ? <Check {...ICON} /> : <Copy {...ICON} />}
      </IconButton>
    </figure>
  );
}
