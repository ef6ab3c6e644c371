import { AppError, errorCode, errorMessage } from '../base/errors.ts';

/** Why an export failed, for the operator: what, where, what to do. */
export function failureWords(error: unknown, folder: string): string {
  if (error instanceof AppError) return error.message;
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `The disk of ${folder} is full. Free some space and retry.`;
    case 'EACCES':
    case 'EPERM':
      return `The folder ${folder} may not be written to. Give this program the right, or choose another folder.`;
    case 'EROFS':
      return `The folder ${folder} is on a disk that is read-only. Choose another folder.`;
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      return `The folder ${folder} is not there or no folder. Create it or choose another, and retry.`;
    case 'EFBIG':
      return `The clip is too large for the file system of ${folder}. Choose another folder, or a shorter range.`;
    case 'EIO':
      return `The disk of ${folder} reports errors. Choose another folder and look after the disk.`;
    default:
      return `The clip could not be written to ${folder}: ${errorMessage(error)}.`;
  }
}
