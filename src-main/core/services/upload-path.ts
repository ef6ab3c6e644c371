import { AppError } from '../base/errors.ts';
import { parseRecordingPath } from '../recordings/recording-path.ts';
import { checkObjectPath } from '../storage/object-path.ts';
import { PARTS_FOLDER } from '../storage/object-receiver.ts';

/**
 * Checks the path of an object that a node wants to upload, and returns it unchanged.
 *
 * A node may write what recorders write and nothing else: a known file name in `<stream>/<unix seconds>` or in
 * `<stream>/<yyyy>/<mm>/<dd>`, with folders before it. Throws bad_request for everything else.
 */
export function checkUploadPath(raw: string): string {
  const path = checkObjectPath(raw);
  const file = parseRecordingPath(path);
  const isKnownFolder = file !== null && (file.day !== null || file.dir.endsWith(`/${file.record}`));
  const isPart = path.startsWith(`${PARTS_FOLDER}/`);
  if (isKnownFolder && file.stream !== '' && !isPart && !hasControlCharacter(path)) return path;
  throw new AppError(
    'bad_request',
    `${JSON.stringify(raw.slice(0, 200))} is no file of a recording. Uploads are taken as <stream>/<unix seconds>/<file>, for example cam1/1762842203/v_seg_0001.m4s.`,
  );
}

function hasControlCharacter(path: string): boolean {
  return [...path].some((character) => character < ' ' || character === '\u007f');
}
