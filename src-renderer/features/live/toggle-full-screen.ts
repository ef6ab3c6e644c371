import { showToast } from '../../stores/toast-store.ts';

/** Shows an element over the whole screen, or ends that. */
export async function toggleFullScreen(element: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else {
    await element?.requestFullscreen().catch(() => showToast({ text: 'Full screen is not allowed here.' }));
  }
}
