import type { Page } from '@playwright/test';

/** Command-line switches with which Chromium publishes a test picture and tone, and connects on this machine alone. */
export const PUBLISHER_ARGS = [
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
] as const;

export interface Published {
  /** Path of the session. */
  readonly location: string;
  /** MIME types of what is sent, video and audio. */
  readonly codecs: readonly string[];
}

/**
 * Publishes the browser's test picture and tone to a WHIP path of the page's origin, until the page is closed.
 * Resolves once it is connected.
 */
export function publishFrom(page: Page, whipPath: string): Promise<Published> {
  return page.evaluate(async (url) => {
    const media = await navigator.mediaDevices.getUserMedia({
      video: { width: 320, height: 180 },
      audio: true,
    });
    const pc = new RTCPeerConnection();
    for (const track of media.getTracks()) pc.addTransceiver(track, { direction: 'sendonly' });
    await pc.setLocalDescription(await pc.createOffer());
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: pc.localDescription?.sdp ?? '',
    });
    if (reply.status !== 201) throw new Error(`${reply.status}: ${await reply.text()}`);
    const isConnected = new Promise<void>((resolve) => {
      pc.onconnectionstatechange = () => pc.connectionState === 'connected' && resolve();
    });
    await pc.setRemoteDescription({ type: 'answer', sdp: await reply.text() });
    await isConnected;
    return {
      location: reply.headers.get('location') ?? '',
      codecs: pc.getSenders().map((sender) => sender.getParameters().codecs[0]?.mimeType ?? ''),
    };
  }, whipPath);
}
