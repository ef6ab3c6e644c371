import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  DESKTOP_METHODS,
  desktopChannel,
  type NotificationLevel,
} from '../../src-shared/contract/desktop-bridge.ts';
import type { NotificationLevelFile } from './notification-level-file.ts';

const electron = vi.hoisted(() => ({
  handlers: new Map<string, (event: unknown, input: unknown) => Promise<unknown>>(),
  shown: [] as string[],
  exposed: new Map<string, Record<string, (input?: unknown) => unknown>>(),
  invoked: [] as unknown[][],
  dialogPaths: [] as string[],
  errorBoxes: [] as string[],
  listeners: new Map<string, (event: unknown, contents: unknown) => void>(),
  notices: [] as { notice: unknown; listeners: Map<string, () => void> }[],
  /** What happened to the one window: `focus`, and URLs it was led to. */
  window: [] as string[],
}));

vi.mock('electron', () => ({
  app: {
    getName: () => 'Liveman Desktop',
    getVersion: () => '1.2.3',
    on: (event: string, listener: () => void) => electron.listeners.set(event, listener),
  },
  BrowserWindow: {
    fromWebContents: () => null,
    getAllWindows: () => [
      {
        isMinimized: () => false,
        focus: () => electron.window.push('focus'),
        loadURL: async (url: string) => electron.window.push(url),
      },
    ],
  },
  dialog: {
    showOpenDialog: async () => ({ filePaths: electron.dialogPaths }),
    showErrorBox: (...words: string[]) => electron.errorBoxes.push(words.join(': ')),
  },
  ipcMain: {
    handle: (channel: string, handler: (event: unknown, input: unknown) => Promise<unknown>) =>
      electron.handlers.set(channel, handler),
  },
  Notification: class {
    static isSupported = () => true;
    readonly listeners = new Map<string, () => void>();
    constructor(readonly notice: unknown) {}
    once(event: string, listener: () => void) {
      this.listeners.set(event, listener);
    }
    show() {
      electron.notices.push(this);
    }
  },
  shell: {
    showItemInFolder: (path: string) => electron.shown.push(path),
    openExternal: async () => {
      throw new Error('No program takes it.');
    },
  },
  contextBridge: {
    exposeInMainWorld: (key: string, api: Record<string, () => unknown>) => electron.exposed.set(key, api),
  },
  ipcRenderer: { invoke: (...args: unknown[]) => electron.invoked.push(args) },
  Menu: {},
  screen: {},
  session: {
    defaultSession: {
      setPermissionRequestHandler: () => {},
      setPermissionCheckHandler: () => {},
      setDevicePermissionHandler: () => {},
    },
  },
}));

const { isTrustedSender, setupIpc } = await import('./ipc.ts');
const { isPermissionAllowed, openMainWindow, setupWindowSecurity } = await import('./windows.ts');
const { showNotice } = await import('./show-notice.ts');
const { menuTemplate } = await import('./menu.ts');

const mainFrame = { url: 'app://liveman/#/recordings' };
const ownWindow = { senderFrame: mainFrame, sender: { mainFrame } };

function call(method: (typeof DESKTOP_METHODS)[number], input: unknown, event: unknown = ownWindow) {
  const handler = electron.handlers.get(desktopChannel(method));
  if (!handler) throw new Error(`no handler for ${method}`);
  return Promise.resolve().then(() => handler(event, input));
}

describe('the bridge', () => {
  const levels: NotificationLevel[] = [];
  const notifications = {
    read: () => levels.at(-1) ?? 'all',
    write: (level: NotificationLevel) => void levels.push(level),
  } as NotificationLevelFile;
  beforeEach(() => setupIpc({ dataDir: '/data', notifications }));

  test('answers every method of the contract', async () => {
    expect([...electron.handlers.keys()]).toEqual(DESKTOP_METHODS.map(desktopChannel));
    expect(await call('getAppInfo', undefined)).toMatchObject({ version: '1.2.3', dataDir: '/data' });
    await call('notify', { title: 'Ready', body: 'cam1' });
    expect(electron.notices.at(-1)?.notice).toEqual({ title: 'Ready', body: 'cam1' });
  });

  test('keeps of which alerts to notify, and takes no other level', async () => {
    expect(await call('getNotificationLevel', undefined)).toBe('all');
    await call('setNotificationLevel', 'critical');
    expect(await call('getNotificationLevel', undefined)).toBe('critical');
    await expect(call('setNotificationLevel', 'loud')).rejects.toThrow('one of all, critical, off');
  });

  test('shows only what is there', async () => {
    await call('showItemInFolder', import.meta.dirname);
    expect(electron.shown).toEqual([import.meta.dirname]);
    await expect(call('showItemInFolder', '/no/such/file')).rejects.toThrow('is not there any more');
    await expect(call('showItemInFolder', 'relative')).rejects.toThrow(TypeError);
    expect(electron.shown).toHaveLength(1);
  });

  test('returns the chosen folder, or null when the dialog was cancelled', async () => {
    expect(await call('chooseFolder', { title: 'Export to' })).toBeNull();
    electron.dialogPaths.push('/exports');
    expect(await call('chooseFolder', { title: 'Export to' })).toBe('/exports');
  });

  test('answers nobody but the top frame of our page', async () => {
    const foreign = { url: 'https://example.com/' };
    for (const event of [
      { senderFrame: foreign, sender: { mainFrame: foreign } },
      { senderFrame: { url: 'app://liveman/' }, sender: { mainFrame } },
      { senderFrame: null, sender: { mainFrame } },
    ]) {
      await expect(call('getAppInfo', undefined, event)).rejects.toThrow('Only the window');
    }
  });

  test('is what the preload script puts on the window', async () => {
    await import('./preload.ts');
    const bridge = electron.exposed.get('livemanDesktop');
    expect(Object.keys(bridge ?? {})).toEqual([...DESKTOP_METHODS]);
    bridge?.showItemInFolder?.('/exports/a.mp4');
    expect(electron.invoked).toEqual([['liveman:showItemInFolder', '/exports/a.mp4']]);
  });
});

test('a sender is trusted by its frame and origin', () => {
  const check = (event: unknown) => isTrustedSender(event as Parameters<typeof isTrustedSender>[0]);
  expect(check(ownWindow)).toBe(true);
  expect(check({ ...ownWindow, senderFrame: { url: mainFrame.url } })).toBe(false);
});

test('a click on a notification leads to the alerts', () => {
  showNotice({ title: 'Node edge-01', body: 'It does not answer.' }, () => openMainWindow('/alerts'));
  electron.notices.at(-1)?.listeners.get('click')?.();
  expect(electron.window).toEqual(['app://liveman/#/alerts', 'focus']);
});

test('says that a page outside cannot be opened, which is no defect', async () => {
  let open = (_: { url: string }): unknown => undefined;
  setupWindowSecurity();
  electron.listeners.get('web-contents-created')?.(undefined, {
    setWindowOpenHandler: (handler: typeof open) => {
      open = handler;
    },
    on: () => {},
  });
  expect(open({ url: 'https://example.com/' })).toEqual({ action: 'deny' });
  await vi.waitFor(() =>
    expect(electron.errorBoxes).toEqual([
      'The page cannot be opened: https://example.com/\nNo program takes it.',
    ]),
  );
});

test('the page may go full screen and nothing more', () => {
  expect(isPermissionAllowed('fullscreen', 'app://liveman/')).toBe(true);
  expect(isPermissionAllowed('fullscreen', 'https://example.com/')).toBe(false);
  for (const permission of ['media', 'geolocation', 'notifications', 'openExternal', 'usb'])
    expect(isPermissionAllowed(permission, 'app://liveman/')).toBe(false);
});

test('the developer tools are for a checkout', () => {
  const text = (isPackaged: boolean) => JSON.stringify(menuTemplate('linux', '/data', isPackaged));
  expect(text(false)).toContain('toggleDevTools');
  expect(text(true)).not.toContain('toggleDevTools');
  expect(JSON.stringify(menuTemplate('darwin', '/data', true))).toContain('appMenu');
});
