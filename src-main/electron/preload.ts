import { contextBridge, ipcRenderer } from 'electron';
import {
  DESKTOP_BRIDGE_KEY,
  DESKTOP_METHODS,
  desktopChannel,
} from '../../src-shared/contract/desktop-bridge.ts';

const bridge = Object.fromEntries(
  DESKTOP_METHODS.map((method) => [
    method,
    (input: unknown) => ipcRenderer.invoke(desktopChannel(method), input),
  ]),
);
contextBridge.exposeInMainWorld(DESKTOP_BRIDGE_KEY, bridge);
