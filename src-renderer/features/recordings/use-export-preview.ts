import { useEffect, useState } from 'react';
import type { ReplyOf } from '../../../src-shared/contract/http-routes.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { ApiError, api, errorMessage, isAborted } from '../../api/client.ts';

export type ExportPreview = ReplyOf<'previewExport'>;

/** Outcome of asking what an export would give, per stream. */
export type PreviewRead =
  | { readonly kind: 'loading' }
  | { readonly kind: 'done'; readonly preview: ExportPreview }
  | { readonly kind: 'failed'; readonly message: string; readonly isWithoutMedia: boolean };

const WAIT_MS = 350;
const TIMEOUT_MS = 60_000;

/** What exports of `streams` over `selection` would give; asked once the selection has been still. */
export function useExportPreviews(
  streams: readonly string[],
  selection: TimeRange | null,
): ReadonlyMap<string, PreviewRead> {
  const [reads, setReads] = useState<{ key: string; map: ReadonlyMap<string, PreviewRead> }>({
    key: '',
    map: new Map(),
  });
  const key = selection ? `${selection.startUs} ${selection.endUs} ${streams.join('\n')}` : '';
  useEffect(() => {
    if (key === '') return;
    const [startText = '', endText = '', ...rest] = key.split(' ');
    const names = rest.join(' ').split('\n').filter(Boolean);
    const controller = new AbortController();
    const put = (stream: string, read: PreviewRead): void =>
      setReads((before) => ({
        key,
        map: new Map([...(before.key === key ? before.map : []), [stream, read]]),
      }));
    const ask = async (stream: string): Promise<void> => {
      const body = { stream, startUs: Number(startText), endUs: Number(endText) };
      try {
        const { signal } = controller;
        put(stream, {
          kind: 'done',
          preview: await api.call('previewExport', { body, signal, timeoutMs: TIMEOUT_MS }),
        });
      } catch (error) {
        if (isAborted(error)) return;
        const isWithoutMedia = error instanceof ApiError && error.code === 'no_media';
        put(stream, { kind: 'failed', message: errorMessage(error), isWithoutMedia });
      }
    };
    const timer = setTimeout(() => {
      for (const stream of names) void ask(stream);
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [key]);
  return reads.key === key ? reads.map : new Map();
}
