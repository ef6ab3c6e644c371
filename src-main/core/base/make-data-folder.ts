import { mkdir } from 'node:fs/promises';
import { AppError, errorCode } from './errors.ts';

/** Makes the data folder where there is none. Throws storage_unavailable. */
export async function makeDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new AppError(
      'storage_unavailable',
      `The data folder ${folder} cannot be made (${errorCode(error)}). Choose another with --data.`,
      { cause: error },
    );
  }
}
