/**
 * What the desktop shell offers the window beside the HTTP API: native things only.
 *
 * The preload script and the main process are both derived from this interface. In a browser the bridge is absent.
 */
export interface DesktopBridge {
  getAppInfo(): Promise<AppInfo>;
  /** Lets the operator choose a folder; null when the dialog was cancelled. */
  chooseFolder(request: ChooseFolderRequest): Promise<string | null>;
  /** Shows a file or folder of this computer in the file manager. Rejects when it does not exist. */
  showItemInFolder(path: string): Promise<void>;
  /** Shows a notification of the operating system. */
  notify(notice: DesktopNotice): Promise<void>;
  /** Of which alerts the operating system's notifications tell. */
  getNotificationLevel(): Promise<NotificationLevel>;
  setNotificationLevel(level: NotificationLevel): Promise<void>;
}

/** Alerts that the shell notifies of while no window of the program has the focus. */
export const NOTIFICATION_LEVELS = ['all', 'critical', 'off'] as const;
export type NotificationLevel = (typeof NOTIFICATION_LEVELS)[number];

/** The program and what it runs on, for the settings view and for bug reports. */
export interface AppInfo {
  readonly name: string;
  readonly version: string;
  readonly electronVersion: string;
  readonly chromiumVersion: string;
  readonly nodeVersion: string;
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly arch: string;
  readonly dataDir: string;
}

export interface ChooseFolderRequest {
  readonly title: string;
  /** Absolute path of the folder shown first. */
  readonly startPath?: string;
}

export interface DesktopNotice {
  readonly title: string;
  readonly body: string;
}

export type DesktopMethod = keyof DesktopBridge;

/** The methods by name, for both ends of the bridge. */
export const DESKTOP_METHODS = [
  'getAppInfo',
  'chooseFolder',
  'showItemInFolder',
  'notify',
  'getNotificationLevel',
  'setNotificationLevel',
] as const satisfies readonly DesktopMethod[];

/** The IPC channel of a method. */
export function desktopChannel(method: DesktopMethod): string {
  return `liveman:${method}`;
}

/** The name under which the preload script puts the bridge on the window. */
export const DESKTOP_BRIDGE_KEY = 'livemanDesktop';

/** The global object of a window: `(globalThis as DesktopHost).livemanDesktop` is undefined in a browser. */
export interface DesktopHost {
  readonly [DESKTOP_BRIDGE_KEY]?: DesktopBridge;
}
