import { app, Menu, type MenuItemConstructorOptions, shell } from 'electron';

/** The application menu: mostly what the platform expects under its usual keys. */
export function setupMenu(dataDir: string): void {
  app.setAboutPanelOptions({ applicationName: app.getName(), applicationVersion: app.getVersion() });
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, dataDir, app.isPackaged)));
}

/** The menu as data. The developer tools are offered only where the program runs from a checkout. */
export function menuTemplate(
  platform: NodeJS.Platform,
  dataDir: string,
  isPackaged: boolean,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const openDataFolder: MenuItemConstructorOptions = {
    label: 'Open data folder',
    click: () => void shell.openPath(dataDir),
  };
  const help: MenuItemConstructorOptions = { role: 'help', submenu: [{ role: 'about' }] };
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    { label: '&File', submenu: [openDataFolder, { type: 'separator' }, { role: isMac ? 'close' : 'quit' }] },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'reload' },
        ...(isPackaged ? [] : [{ role: 'toggleDevTools' } as const]),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    ...(isMac ? [] : [help]),
  ];
}
