import { CONFIG_ROOT, isTable } from '../config/schema-node.ts';
import { findReferences } from '../config/secret-references.ts';

/**
 * Keys of settings that name files, folders or environment variables of the computer they run on: what somebody elsewhere
 * wrote there would open these to who may log in to that profile.
 */
export function findHostPlaces(table: Record<string, unknown>): string[] {
  const { exports, http, nodes, recorder, storages, tls } = table;
  const found: string[] = [];
  const note = (path: string, value: unknown) => {
    const isEmpty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    if (!isEmpty) found.push(path);
  };
  const noteFolder = (path: string, storage: unknown) => {
    if (isTable(storage) && storage.type !== 's3' && storage.type !== 'oss')
      note(`${path}.root`, storage.root);
  };
  noteFolder('recorder.storage', isTable(recorder) ? recorder.storage : undefined);
  for (const [index, storage] of listOf(storages).entries()) noteFolder(`storages[${index}]`, storage);
  const files = isTable(http) && isTable(http.tls) ? http.tls : {};
  note('http.tls.cert', files.cert);
  note('http.tls.key', files.key);
  note('tls.ca_files', isTable(tls) ? tls.ca_files : undefined);
  for (const [index, node] of listOf(nodes).entries()) {
    note(`nodes[${index}].ca_file`, isTable(node) ? node.ca_file : undefined);
  }
  note('exports.directory', isTable(exports) ? exports.directory : undefined);
  const variables = findReferences(CONFIG_ROOT, table).filter(({ kind }) => kind === 'env');
  return [...found, ...variables.map(({ path }) => path)];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
