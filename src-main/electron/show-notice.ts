import { Notification } from 'electron';
import type { DesktopNotice } from '../../src-shared/contract/desktop-bridge.ts';

/** Shown ones are kept until they are gone: one that is collected by then does not tell of its click. */
const shown = new Set<Notification>();

/** Shows a notification of the operating system; nothing where it has none. */
export function showNotice(notice: DesktopNotice, onClick: () => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification(notice);
  shown.add(notification);
  notification.once('click', () => {
    shown.delete(notification);
    onClick();
  });
  notification.once('close', () => shown.delete(notification));
  notification.show();
}
