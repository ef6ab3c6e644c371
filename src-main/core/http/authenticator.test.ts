import { describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { Authenticator, type AuthOptions } from './authenticator.ts';
import { isAllowed } from './principal.ts';

/** The vector every node accepts: secret `example-secret`, id cam1, exp 4102444800, mode 6. */
const VECTOR =
  'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpZCI6ImNhbTEiLCJleHAiOjQxMDI0NDQ4MDAsIm1vZGUiOjZ9.tNtHLS5GPkOh_lKkjiz3M8wvULinWS6l8K2uiPbloS0';

const nothing: AuthOptions = { tokens: [], secret: '', accounts: [] };

function authenticator(options: Partial<AuthOptions>, nowMs = () => 1_800_000_000_000) {
  return new Authenticator({ ...nothing, ...options }, { ...systemClock, nowMs });
}

describe('Authenticator', () => {
  it('lets everybody in when nothing is configured, and nobody without credential otherwise', async () => {
    expect(await authenticator({}).findPrincipal({})).toMatchObject({ id: '*', mode: 7 });
    expect(await authenticator({ secret: 's' }).findPrincipal({})).toBeNull();
    const accounts = [{ username: 'ops', password: 'pw' }];
    expect(await authenticator({ accounts }).findPrincipal({})).toBeNull();
  });

  it('accepts the JWT vector with its own secret only', async () => {
    const headers = { authorization: `Bearer ${VECTOR}` };
    expect(await authenticator({ secret: 'example-secret' }).findPrincipal(headers)).toMatchObject({
      id: 'cam1',
      mode: 6,
    });
    expect(await authenticator({ secret: 'other' }).findPrincipal(headers)).toBeNull();
    expect(await authenticator({ tokens: ['x'] }).findPrincipal(headers)).toBeNull();
  });

  it('refuses an expired JWT after the leeway of 60 s', async () => {
    const late = (sec: number) =>
      authenticator({ secret: 'example-secret' }, () => (4102444800 + sec) * 1000);
    const headers = { authorization: `Bearer ${VECTOR}` };
    expect(await late(30).findPrincipal(headers)).not.toBeNull();
    expect(await late(61).findPrincipal(headers)).toBeNull();
  });

  it.each(['', 'Bearer', 'Bearer ', 'x', 'Basic dG9rZW4=', 'Bearer wrong', 'Bearer a.b.c'])(
    'answers %j with nothing and without an exception',
    async (authorization) => {
      expect(
        await authenticator({ tokens: ['token'], secret: 's' }).findPrincipal({ authorization }),
      ).toBeNull();
    },
  );

  it('issues tokens to accounts without a configured secret, which nobody else can make', async () => {
    const subject = authenticator({ accounts: [{ username: 'ops', password: 'pw' }] });
    const token = await subject.issueToken(subject.checkLogin('ops', 'pw', '10.0.0.1'));
    expect(await subject.findPrincipal({ authorization: `Bearer ${token}` })).toMatchObject({ id: '*' });
    expect(await subject.findPrincipal({ authorization: `Bearer ${VECTOR}` })).toBeNull();
  });

  it('uses a login code once', () => {
    const subject = authenticator({ tokens: ['t'] });
    const code = subject.issueLoginCode();
    expect(subject.redeemLoginCode(code)).not.toBeNull();
    expect(subject.redeemLoginCode(code)).toBeNull();
  });

  it('opens and closes browser sessions', async () => {
    const subject = authenticator({ tokens: ['t'] });
    const cookieSession = subject.openSession({ id: '*', mode: 7, name: 'ops' });
    expect(await subject.findPrincipal({ cookieSession })).toMatchObject({ name: 'ops' });
    subject.closeSession(cookieSession);
    expect(await subject.findPrincipal({ cookieSession })).toBeNull();
  });

  it('answers wrong passwords ever later', () => {
    const subject = authenticator({ accounts: [{ username: 'ops', password: 'right' }] });
    const attempt = (password: string) => subject.checkLogin('ops', password, '10.0.0.1');
    for (let i = 0; i < 5; i++) expect(() => attempt('wrong')).toThrow('Wrong credentials');
    expect(() => attempt('right')).toThrow(AppError);
    expect(() => attempt('right')).toThrow('Try again in');
    expect(subject.checkLogin('ops', 'right', '10.0.0.2')).toMatchObject({ name: 'ops' });
  });
});

describe('isAllowed', () => {
  it.each([
    [{ id: 'cam1', mode: 4 }, 'read', 'cam1', true],
    [{ id: 'cam1', mode: 4 }, 'read', 'cam2', false],
    [{ id: 'cam1', mode: 2 }, 'read', 'cam1', false],
    [{ id: 'cam1', mode: 7 }, 'admin', undefined, false],
    [{ id: '*', mode: 4 }, 'admin', undefined, false],
    [{ id: '*', mode: 4 }, 'read', 'cam2', true],
    [{ id: '*', mode: 1 }, 'admin', undefined, true],
    [{ id: '*', mode: 4 }, 'report', undefined, false],
    [{ id: '*', mode: 2 }, 'report', undefined, true],
    [{ id: 'cam1', mode: 2 }, 'report', undefined, false],
  ] as const)('%j on %s of %s: %s', (who, access, stream, expected) => {
    expect(isAllowed({ ...who, name: 'test' }, access, stream)).toBe(expected);
  });
});
