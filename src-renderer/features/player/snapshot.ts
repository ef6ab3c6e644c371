import { formatClock, formatIsoDay } from '../../format/times.ts';

/** Name of the file of a picture: stream, day and clock, without characters that file systems dislike. */
export function snapshotName(stream: string, us: number, zone: string): string {
  const clock = formatClock(us, zone, 'milliseconds').replaceAll(':', '-');
  return `${stream.replace(/[^\w.-]+/g, '_')} ${formatIsoDay(us, zone)} ${clock}.png`;
}

/** Saves the frame on screen as PNG in its full size; resolves to whether there was one. */
export async function saveSnapshot(video: HTMLVideoElement, fileName: string): Promise<boolean> {
  if (video.readyState < 2 || video.videoWidth === 0) return false;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) return false;
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return true;
}
