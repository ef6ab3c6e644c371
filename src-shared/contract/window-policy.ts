/**
 * Content security policy of the window, the same in both shells: its own files, blobs for media and snapshots,
 * nothing inline, nobody may frame it.
 */
export const WINDOW_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
