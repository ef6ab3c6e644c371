import { describe, expect, it, vi } from 'vitest';
import type { DesktopBridge } from '../../src-shared/contract/desktop-bridge.ts';
import { createDesktop, joinPath } from './desktop.ts';

describe('joinPath', () => {
  it('uses the separator of the folder', () => {
    expect(joinPath('/home/op/Videos', 'a.mp4')).toBe('/home/op/Videos/a.mp4');
    expect(joinPath('C:\\Videos\\', 'a.mp4')).toBe('C:\\Videos\\a.mp4');
  });
});

describe('createDesktop', () => {
  it('shows the folder when the file is gone', async () => {
    const showItemInFolder = vi.fn(async (path: string) => {
      if (path.endsWith('.mp4')) throw new Error('no such file');
    });
    const bridge: DesktopBridge = {
      showItemInFolder,
      getAppInfo: () => Promise.reject(new Error('not asked')),
      chooseFolder: () => Promise.resolve(null),
      notify: () => Promise.resolve(),
      getNotificationLevel: () => Promise.resolve('all'),
      setNotificationLevel: () => Promise.resolve(),
    };
    await createDesktop(bridge).showInFolder('/videos', 'a.mp4');
    expect(showItemInFolder.mock.calls).toEqual([['/videos/a.mp4'], ['/videos']]);
  });
});
