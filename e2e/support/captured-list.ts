import { readFile } from 'node:fs/promises';
import { type CaptureVersion, capturePath, captureTimes } from './capture-storage.ts';

/** A row of the list of a captured node, as it wrote it. */
export interface IndexRow {
  record: string;
  stream: string;
  record_dir: string;
  start_ts: number;
  end_ts: number;
}

/** The recordings of a captured version, for tests: their last rows. */
export async function indexRows(version: CaptureVersion): Promise<IndexRow[]> {
  const text = await readFile(capturePath(version, 'recordings/index.jsonl'), 'utf8');
  const rows = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as IndexRow);
  if (version === 'head') rows.push(await goneRow());
  return [...new Map(rows.map((row) => [row.record_dir, row])).values()];
}

/** The list that had this recording was not captured. */
async function goneRow(): Promise<IndexRow> {
  const record_dir = 'gone/1795345263';
  const times = await captureTimes('head');
  const start_ts = Math.round((times[`${record_dir}/v_init.m4s`] ?? 0) * 1000) - 30_000;
  return { record: '1795345263', stream: 'gone', record_dir, start_ts, end_ts: start_ts + 77_750_000 };
}
