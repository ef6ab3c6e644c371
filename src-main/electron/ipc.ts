import { stat } from 'node:fs/promises';
import {
  app,
  BrowserWindow,
  dialog,
  type IpcMainInvokeEvent,
  ipcMain,
  Notification,
  type OpenDialogOptions,
  shell,
} from 'electron';
import {
  DESKTOP_METHODS,
  type DesktopBridge,
  type DesktopMethod,
  desktopChannel,
} from '../../src-shared/contract/desktop-bridge.ts';
import { isAppUrl } from './app-url.ts';
import {
  readAbsolutePath,
  readChooseFolderRequest,
  readNotice,
  readNotificationLevel,
} from './bridge-input.ts';
import type { NotificationLevelFile } from './notification-level-file.ts';

/** Every method of the bridge with its input still unknown: it comes from a page. */
type Handlers = {
  [M in DesktopMethod]: (input: unknown, event: IpcMainInvokeEvent) => ReturnType<DesktopBridge[M]>;
};

export interface IpcOptions {
  /** Shown to the operator. */
  readonly dataDir: string;
  readonly notifications: NotificationLevelFile;
}

/** Answers the bridge. */
export function setupIpc({ dataDir, notifications }: IpcOptions): void {
  const handlers: Handlers = {
    getAppInfo: async () => ({
      name: app.getName(),
      version: app.getVersion(),
      electronVersion: process.versions.electron ?? '',
      chromiumVersion: process.versions.chrome ?? '',
      nodeVersion: process.versions.node,
      platform: process.platform,
      arch: process.arch,
      dataDir,
    }),
    chooseFolder,
    showItemInFolder: async (input) => {
      const path = readAbsolutePath(input);
      await stat(path).catch(() => {
        throw new Error(`${path} is not there any more.`);
      });
      shell.showItemInFolder(path);
    },
    notify: async (input) => {
      if (Notification.isSupported()) new Notification(readNotice(input)).show();
    },
    getNotificationLevel: async () => notifications.read(),
    setNotificationLevel: async (input) => notifications.write(readNotificationLevel(input)),
  };
  for (const method of DESKTOP_METHODS) {
    ipcMain.handle(desktopChannel(method), (event, input: unknown) => {
      if (!isTrustedSender(event)) throw new Error('Only the window of this program may ask for this.');
      return handlers[method](input, event);
    });
  }
}

/** Whether a message comes from the top frame of a page of ours, not from a frame or page it was led to. */
export function isTrustedSender(event: Pick<IpcMainInvokeEvent, 'senderFrame' | 'sender'>): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame === event.sender.mainFrame && isAppUrl(frame.url);
}

async function chooseFolder(input: unknown, event: IpcMainInvokeEvent): Promise<string | null> {
  const { title, startPath } = readChooseFolderRequest(input);
  const options: OpenDialogOptions = {
    title,
    properties: ['openDirectory', 'createDirectory'],
    ...(startPath === undefined ? {} : { defaultPath: startPath }),
  };
  const window = BrowserWindow.fromWebContents(event.sender);
  const result = window ? await dialog.showOpenDialog(window, options) : await dialog.showOpenDialog(options);
  return result.filePaths[0] ?? null;
}
