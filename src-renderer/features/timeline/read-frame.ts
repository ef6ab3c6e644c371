import { api } from '../../api/client.ts';

const LONGEST_MS = 6000;

/** The key frame of a stream at an instant, `heightPx` high. Rejects where there is none, and when aborted. */
export async function readFrame(
  stream: string,
  us: number,
  heightPx: number,
  signal: AbortSignal,
): Promise<ImageBitmap> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]);
  const video = document.createElement('video');
  try {
    video.muted = true;
    video.preload = 'auto';
    await new Promise<void>((resolve, reject) => {
      video.addEventListener('loadeddata', () => resolve(), { once: true });
      video.addEventListener('error', () => reject(video.error), { once: true });
      limit.addEventListener('abort', () => reject(limit.reason), { once: true });
      video.src = api.url('getPicture', { params: { stream }, query: { ts: us } });
    });
    return await pictureOf(video, heightPx);
  } finally {
    // Ends the request, too.
    video.removeAttribute('src');
    video.load();
  }
}

/** What a video shows, `heightPx` high. Rejects where it shows nothing. */
export function pictureOf(video: HTMLVideoElement, heightPx: number): Promise<ImageBitmap> {
  const resizeWidth = Math.max(1, Math.round((video.videoWidth * heightPx) / Math.max(1, video.videoHeight)));
  return createImageBitmap(video, { resizeHeight: heightPx, resizeWidth, resizeQuality: 'medium' });
}
