import type {
  AppInfo,
  DesktopBridge,
  DesktopHost,
  NotificationLevel,
} from '../../src-shared/contract/desktop-bridge.ts';

/** What the window asks of the desktop shell. */
export interface Desktop {
  /** Shows a file in the file manager; the folder when the file is no longer there. */
  showInFolder(folder: string, fileName: string): Promise<void>;
  getAppInfo(): Promise<AppInfo>;
  /** Of which alerts the system's notifications tell while the window is not looked at. */
  getNotificationLevel(): Promise<NotificationLevel>;
  setNotificationLevel(level: NotificationLevel): Promise<void>;
}

/** Puts a file name behind a folder in the way of the system the folder belongs to. */
export function joinPath(folder: string, fileName: string): string {
  const separator = /^[a-z]:\\|^\\\\/i.test(folder) ? '\\' : '/';
  return folder.endsWith(separator) ? folder + fileName : folder + separator + fileName;
}

/** The desktop over a bridge. */
export function createDesktop(bridge: DesktopBridge): Desktop {
  return {
    async showInFolder(folder, fileName) {
      try {
        await bridge.showItemInFolder(joinPath(folder, fileName));
      } catch {
        await bridge.showItemInFolder(folder);
      }
    },
    getAppInfo: () => bridge.getAppInfo(),
    getNotificationLevel: () => bridge.getNotificationLevel(),
    setNotificationLevel: (level) => bridge.setNotificationLevel(level),
  };
}

const bridge = (globalThis as DesktopHost).livemanDesktop;

/** The desktop shell, or null in a browser. */
export const desktop: Desktop | null = bridge ? createDesktop(bridge) : null;
