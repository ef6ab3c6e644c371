import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { ProfileSupervisor } from '../../profiles/profile-supervisor.ts';
import { NO_AUDIT } from '../call-audit.ts';
import type { Call } from '../endpoint.ts';
import { MODE, type Principal } from '../principal.ts';
import { profileHandlers } from './profile-handlers.ts';

// Each derived key costs about half a second.
vi.setConfig({ testTimeout: 60_000 });

const caller = (via: NonNullable<Principal['via']>): Principal => ({ id: '*', mode: 7, name: via, via });
const PHRASE = 'correct horse battery';

it('gives no secrets of a profile that asks for credentials to callers of another one', async () => {
  const home = await mkdtemp(join(tmpdir(), 'profiles-'));
  const supervisor = new ProfileSupervisor({
    home,
    configPath: undefined,
    port: undefined,
    env: {},
    cwd: home,
    isDesktop: false,
    start: async () => ({ url: 'http://127.0.0.1:8123', close: async () => {} }),
  });
  try {
    await writeFile(join(home, 'liveman.toml'), '[auth]\nsecret = "of the default profile"\n');
    await supervisor.open(undefined);
    const handlers = profileHandlers(supervisor);
    const call = (via: NonNullable<Principal['via']>, id: string, body: unknown = undefined) =>
      ({
        params: { id },
        body,
        principal: caller(via),
        audit: NO_AUDIT,
      }) as unknown as Call<'exportProfile'> &
        Call<'createProfile'> &
        Call<'activateProfile'> &
        Call<'deleteProfile'>;
    const listAs = (principal: Principal) =>
      handlers.listProfiles({ principal } as unknown as Call<'listProfiles'>);
    const [whose] = (await listAs(caller('account'))).profiles;
    expect(whose).toMatchObject({ name: 'Default', dataDir: home, database: 'built-in' });
    const viewer = { ...caller('account'), mode: MODE.read };
    for (const watching of [viewer, { ...caller('account'), streams: ['hall-*'] }]) {
      const [seen] = (await listAs(watching)).profiles;
      expect(seen).toMatchObject({ name: 'Default', dataDir: '', configPath: null, database: '' });
    }
    const whole = { passphrase: PHRASE, window: null };
    await handlers.exportProfile(call('account', 'default', whole));
    const { id } = await supervisor.create('Open', null);
    // From a profile with authentication to one without, for everybody who reaches the port: not over HTTP.
    await expect(handlers.activateProfile(call('account', id))).rejects.toThrow('has no authentication');
    await handlers.activateProfile(call('desktop', id));
    await expect
      .poll(async () => (await supervisor.list()).profiles.find(({ isActive }) => isActive)?.id)
      .toBe(id);
    await expect.poll(async () => (await supervisor.list()).switchingTo).toBeNull();

    for (const via of ['local', 'account'] as const) {
      await expect(handlers.exportProfile(call(via, 'default', whole))).rejects.toThrow('log in there');
      const copy = { name: 'Copy', copyOf: 'default' };
      await expect(handlers.createProfile(call(via, '', copy))).rejects.toThrow('log in there');
    }
    for (const via of ['local', 'account'] as const) {
      await expect(handlers.deleteProfile(call(via, 'default'))).rejects.toThrow('log in there');
    }
    await handlers.exportProfile(call('local', 'default', { passphrase: null, window: null }));
    await handlers.exportProfile(call('desktop', 'default', whole));
  } finally {
    await supervisor.close();
    await rm(home, { recursive: true, force: true });
  }
});
