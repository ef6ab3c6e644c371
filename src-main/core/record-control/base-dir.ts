/**
 * The folder for a new recording: `<prefix>/<alias>/<stream>/<unix seconds>`; null, the node's own choice, without
 * a prefix.
 *
 * The stream keeps recordings of one second apart, the alias those of two nodes, the seconds those of one stream.
 */
export function baseDirOf(prefix: string, alias: string, stream: string, nowMs: number): string | null {
  const folder = prefix.split('/').filter((part) => part !== '' && part !== '.');
  if (folder.length === 0) return null;
  return [...folder, folderName(alias), folderName(stream), Math.floor(nowMs / 1000)].join('/');
}

/** A name as one folder: what would be a step up, or several folders, is written as %XX. */
function folderName(name: string): string {
  if (/^\.+$/.test(name)) return name.replaceAll('.', '%2E');
  return [...name]
    .map((char) => (char === '/' || char === '\\' || char < ' ' ? encodeURIComponent(char) : char))
    .join('');
}
