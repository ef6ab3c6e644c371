import { describe, expect, it } from 'vitest';
import { chooseProxies, type ProxySettings } from './proxy-choice.ts';

const fromEnv: ProxySettings = { url: '', bypass: null, isForLoopback: false };

describe('chooseProxies', () => {
  it('reads the environment as curl does', () => {
    const choose = chooseProxies(fromEnv, {
      HTTP_PROXY: 'proxy.corp:3128',
      https_proxy: 'http://secure.corp:3129',
      NO_PROXY: 'plant.corp, .lab,10.0.0.0/8,fd00::7,edge.corp:8443',
    });
    const chosen = (url: string) => choose(new URL(url));
    expect(chosen('http://node.example/')).toBe('http://proxy.corp:3128');
    expect(chosen('https://node.example/')).toBe('http://secure.corp:3129');
    const direct = ['http://plant.corp/', 'http://a.plant.corp/', 'http://x.lab/', 'http://10.200.3.4:7777/'];
    for (const url of [...direct, 'http://[fd00::7]/', 'https://edge.corp:8443/'])
      expect(chosen(url)).toBeNull();
    for (const url of ['http://notplant.corp/', 'http://11.0.0.1/', 'http://edge.corp/'])
      expect(chosen(url)).toBe('http://proxy.corp:3128');
  });

  it('never sends what is for this computer through a proxy, unless told to', () => {
    const settings = { url: 'http://proxy:1', bypass: [], isForLoopback: false };
    const loopback = ['http://127.0.0.1:7777/', 'http://localhost/', 'http://[::1]/', 'https://a.localhost/'];
    for (const url of loopback) {
      expect(chooseProxies(settings, {})(new URL(url))).toBeNull();
      expect(chooseProxies({ ...settings, isForLoopback: true }, {})(new URL(url))).toBe('http://proxy:1');
    }
  });

  it('takes the configured proxy before that of the environment, and none with "direct"', () => {
    const env = { HTTP_PROXY: 'http://env:1', NO_PROXY: '*' };
    const url = new URL('http://node/');
    expect(chooseProxies(fromEnv, env)(url)).toBeNull();
    expect(chooseProxies({ ...fromEnv, url: 'http://own:1', bypass: [] }, env)(url)).toBe('http://own:1');
    expect(chooseProxies({ ...fromEnv, url: 'direct', bypass: [] }, env)(url)).toBeNull();
    expect(chooseProxies(fromEnv, {})(url)).toBeNull();
    expect(chooseProxies(fromEnv, { ALL_PROXY: 'all:1' })(url)).toBe('http://all:1');
  });
});
