import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { ConfigFolder, failure } from './config-test-kit.ts';

let folder: ConfigFolder;
beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(() => folder.remove());

describe('a file with mistakes', () => {
  it('names file, line, key, what is expected and what was found, for all mistakes at once', () => {
    const error = failure(() =>
      folder.load(
        [
          '[http]',
          'cors = "yes"',
          'listen = "8888"',
          '[cascade]',
          'check_attempts = 256',
          'mode = "both"',
          '[[nodes]]',
          'alias = "a"',
          '[[nodes]]',
          'alias = "b"',
          'url = "localhost:7777"',
          '[extra_ice]',
          'ice_servers = [',
          '  { urls = "stun:x" },',
          ']',
          '[auth]',
          'secret = 12345',
        ].join('\n'),
      ),
    );
    expect(error.code).toBe('bad_request');
    expect(error.message.split('\n').sort()).toEqual(
      [
        'liveman.toml:2: http.cors: expected true or false, found the text "yes"',
        'liveman.toml:3: http.listen: expected an address and port, like "127.0.0.1:8888", found the text "8888"',
        'liveman.toml:5: cascade.check_attempts: expected a whole number from 0 to 255, found the number 256',
        'liveman.toml:6: cascade.mode: expected one of "push", "pull", found the text "both"',
        'liveman.toml:11: nodes[1].url: expected a URL that begins with http:// or https://, found the text "localhost:7777"',
        'liveman.toml:13: extra_ice.ice_servers[0].urls: expected a list of texts, found the text "stun:x"',
        'liveman.toml:17: auth.secret: expected a text in quotation marks, found a number',
      ].sort(),
    );
  });

  it('names the line of broken TOML without repeating the file', () => {
    const error = failure(() => folder.load('[auth]\nsecret = "hidden\n'));
    expect(error.message).toMatch(/^liveman\.toml:2:\d+: this is not TOML: /);
    expect(error.message).not.toContain('hidden');
    expect(String(error.stack)).not.toContain('hidden');
  });

  it('warns of unknown keys and suggests the one that was meant', () => {
    const { warnings } = folder.load(
      '[http]\nlisten_adress = "x"\nLISTEN = "y"\nzzz = 1\n[logs]\n[auth]\ncors = true\n',
    );
    expect(warnings.map(({ message }) => message)).toEqual([
      'liveman.toml:2: http.listen_adress is not a known key and is ignored.',
      'liveman.toml:3: http.LISTEN is not a known key and is ignored. Did you mean http.listen?',
      'liveman.toml:4: http.zzz is not a known key and is ignored.',
      'liveman.toml:5: logs is not a known key and is ignored. Did you mean log?',
      'liveman.toml:7: auth.cors is not a known key and is ignored. Did you mean http.cors?',
    ]);
  });

  it('ignores a second name of one node, and says so', () => {
    const { config, warnings } = folder.load(
      '[[nodes]]\nalias = "a"\nurl = "http://one:80/"\n[[nodes]]\nalias = "b"\nurl = "HTTP://ONE"\n',
    );
    expect(config.nodes.map(({ alias }) => alias)).toEqual(['a']);
    expect(warnings.map(({ message }) => message).join()).toMatch(/is the node "a" already; "b" is ignored/);
  });

  it('refuses two nodes of one alias and names both', () => {
    const text =
      '[[nodes]]\nalias = "a"\nurl = "http://one"\n\n[[nodes]]\nurl = "http://two/"\nalias = "a"\n';
    expect(failure(() => folder.load(text)).message).toBe(
      'liveman.toml:7: nodes[1].alias is "a" (http://two), which liveman.toml:2: nodes[0].alias is already ' +
        '(http://one). Give each node its own alias.',
    );
  });

  it('ignores a node without alias or URL, which upstream accepts, with a warning', () => {
    const { config, warnings } = folder.load('[[nodes]]\nurl = "http://one"\n[[nodes]]\nalias = "b"\n');
    expect(config.nodes).toEqual([]);
    expect(warnings.map(({ message }) => message)).toEqual([
      'liveman.toml:1: nodes[0] has no alias and is ignored.',
      'liveman.toml:3: nodes[1] has no url and is ignored.',
    ]);
  });

  it('refuses a database URL of another kind without repeating its password', () => {
    const error = failure(() => folder.load('[database]\nurl = "mysql://u:hidden@h/d"\n'));
    expect(error.message).toMatch(/^liveman\.toml:2: database\.url is not a database URL/);
    expect(error.message).not.toContain('hidden');
  });

  it('wants a file that is named to exist and to be readable text', () => {
    const missing = failure(() => loadConfig({ cwd: folder.path, env: {}, path: 'other.toml' }));
    expect(missing.message).toBe(
      `The configuration file ${path.join(folder.path, 'other.toml')} does not exist.`,
    );
    mkdirSync(path.join(folder.path, 'folder'));
    expect(failure(() => loadConfig({ cwd: folder.path, env: {}, path: 'folder' })).message).toMatch(
      /is a folder/,
    );
    writeFileSync(path.join(folder.path, 'latin.toml'), Buffer.from([0x23, 0xe4, 0x0a]));
    expect(failure(() => loadConfig({ cwd: folder.path, env: {}, path: 'latin.toml' })).message).toMatch(
      /not UTF-8/,
    );
  });

  it('says when a table stands where a list of tables belongs', () => {
    expect(failure(() => folder.load('[nodes]\nalias = "a"\n')).message).toBe(
      'liveman.toml:1: nodes: expected a list of tables, each begun with double brackets, found a table',
    );
    expect(failure(() => folder.load('http = 1\n', { PORT: '1' })).message).toMatch(
      /:1: http: expected a table, found the number 1/,
    );
  });
});
