import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file as a whole, for its owner only (or with `mode`): a crash leaves the old one or the new one.
 * Rejects with the error of the file system.
 */
export async function replaceFile(path: string, text: string, mode = 0o600): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', mode);
  try {
    // The draft of a crash may be there with another mode.
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  if (process.platform === 'win32') return;
  // Without this the rename itself may be lost with the power.
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}
