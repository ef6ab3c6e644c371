import { useEffect, useState } from 'react';
import type { RetentionPreview, RetentionRuleInput } from '../../../src-shared/model/retention.ts';
import { api, errorMessage, isAborted } from '../../api/client.ts';

const AFTER_TYPING_MS = 600;

export interface LoadedPreview {
  readonly preview: RetentionPreview | null;
  readonly problem: string | null;
  /** What is shown is of rules before the last change. */
  readonly isStale: boolean;
}

/**
 * What the rules would remove: those that are saved, or with `draft` those that are being written. `version` changes
 * when it is to be worked out anew.
 */
export function useRetentionPreview(
  draft: readonly RetentionRuleInput[] | null,
  version: string,
): LoadedPreview {
  const key = `${version} ${draft === null ? '' : JSON.stringify(draft)}`;
  const [loaded, setLoaded] = useState<{
    key: string;
    preview: RetentionPreview | null;
    problem: string | null;
  }>({
    key: '',
    preview: null,
    problem: null,
  });
  useEffect(() => {
    const aborter = new AbortController();
    const { signal } = aborter;
    const rules = key.slice(key.indexOf(' ') + 1);
    const ask = () =>
      rules === ''
        ? api.call('previewRetention', { signal })
        : api.call('previewRetentionRules', { body: { rules: JSON.parse(rules) }, signal });
    const timer = setTimeout(
      () =>
        void ask().then(
          (preview) => setLoaded({ key, preview, problem: null }),
          (error: unknown) => {
            if (!isAborted(error)) setLoaded({ key, preview: null, problem: errorMessage(error) });
          },
        ),
      rules === '' ? 0 : AFTER_TYPING_MS,
    );
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [key]);
  return { preview: loaded.preview, problem: loaded.problem, isStale: loaded.key !== key };
}
