import path from 'node:path';
import { app, BrowserWindow, dialog, type Session, screen, session, shell, type WebContents } from 'electron';
import { errorMessage } from '../core/base/errors.ts';
import { APP_ORIGIN, isAppUrl, isSafeExternalUrl } from './app-url.ts';
import { readWindowState, writeWindowState } from './window-state.ts';

/** What the player needs; everything else (camera, position, devices, notifications of the page) is denied. */
const ALLOWED_PERMISSIONS = new Set(['fullscreen', 'clipboard-sanitized-write']);

/** Holds every page of the program to ours: navigation, new windows, permissions. Call once, before any window. */
export function setupWindowSecurity(): void {
  app.on('web-contents-created', (_event, contents) => restrictContents(contents));
  restrictPermissions(session.defaultSession);
}

function restrictContents(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (isSafeExternalUrl(url)) void openOutside(url);
    return { action: 'deny' };
  });
  contents.on('will-frame-navigate', (event) => {
    if (!isAppUrl(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    if (!isAppUrl(event.url)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** Where no program takes it, that is said; it is no defect. */
async function openOutside(url: string): Promise<void> {
  try {
    await shell.openExternal(url);
  } catch (error) {
    dialog.showErrorBox('The page cannot be opened', `${url}\n${errorMessage(error)}`);
  }
}

function restrictPermissions(target: Session): void {
  target.setPermissionRequestHandler((_contents, permission, decide, details) => {
    decide(isPermissionAllowed(permission, details.requestingUrl));
  });
  target.setPermissionCheckHandler((_contents, permission, origin) =>
    isPermissionAllowed(permission, origin),
  );
  target.setDevicePermissionHandler(() => false);
}

/** Whether a page at `url` may use a permission, by Electron's name of it. */
export function isPermissionAllowed(permission: string, url: string): boolean {
  return ALLOWED_PERMISSIONS.has(permission) && isAppUrl(url);
}

/** Opens the window, or brings the one that is open to the front; at `view` (`/alerts`), if it is given. */
export function openMainWindow(view?: string): void {
  const url = `${APP_ORIGIN}/${view === undefined ? '' : `#${view}`}`;
  const [existing] = BrowserWindow.getAllWindows();
  if (existing) {
    // Only the part behind # changes, so that the page stays.
    if (view !== undefined) void existing.loadURL(url);
    if (existing.isMinimized()) existing.restore();
    existing.focus();
    return;
  }
  const stateFile = path.join(app.getPath('userData'), 'window.json');
  const { isMaximized, ...bounds } = readWindowState(
    stateFile,
    screen.getAllDisplays().map((display) => display.workArea),
  );
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 720,
    minHeight: 480,
    show: false,
    autoHideMenuBar: true,
    backgroundColor: '#10141a',
    webPreferences: {
      preload: path.join(import.meta.dirname, 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      autoplayPolicy: 'no-user-gesture-required',
      spellcheck: false,
    },
  });
  if (isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => {
    writeWindowState(stateFile, { ...window.getNormalBounds(), isMaximized: window.isMaximized() });
  });
  void window.loadURL(url);
}
