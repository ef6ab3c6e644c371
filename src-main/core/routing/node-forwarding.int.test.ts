import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { capturedOffer } from '../../../e2e/support/captured-offer.ts';
import {
  fakeNode,
  offer,
  scriptedNode,
  setUpRoutingBench,
  steer,
} from '../../../e2e/support/routing-bench.ts';
import { REPLY_POLICY } from '../../../src-shared/contract/window-policy.ts';

const OFFER = capturedOffer('whip/cam1');

setUpRoutingBench();

describe('what goes on to a node', () => {
  it('is the client’s request under our token, and comes back without the node’s own affairs', async () => {
    let seen: IncomingMessage['headers'] = {};
    const nodeUrl = await scriptedNode((request, response) => {
      seen = request.headers;
      request.resume().on('end', () => {
        response.writeHead(201, {
          'content-type': 'application/sdp',
          location: `${nodeUrl}/session/cam1/7`,
          link: '</session/cam1/7/layer>; rel="urn:ietf:params:whep:ext:core:layer"',
          'access-control-allow-origin': '*',
          'set-cookie': 'a=b',
          connection: 'keep-alive, x-hop',
          'x-hop': '1',
          'x-other': '2',
        });
        response.end('v=0\r\n');
      });
    });
    const { url } = await steer([{ alias: 'a', url: nodeUrl, token: 'of the node' }], { isCorsOn: true });
    const { hostname, port } = new URL(url);
    const request = httpRequest({
      hostname,
      port,
      path: '/whip/cam1',
      method: 'POST',
      headers: {
        'content-type': 'application/sdp',
        'x-liveman-desktop': 'of this test',
        cookie: 'session=secret',
        origin: 'https://elsewhere.example',
        connection: 'keep-alive, x-mine',
        'x-mine': '1',
        'x-client': '2',
      },
    });
    request.end(OFFER);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(seen).toEqual({
      authorization: 'Bearer of the node',
      connection: expect.any(String),
      'content-length': String(Buffer.byteLength(OFFER)),
      'content-type': 'application/sdp',
      host: new URL(nodeUrl).host,
      'x-client': '2',
    });
    expect(response.statusCode).toBe(201);
    expect(response.headers).toMatchObject({
      location: '/session/cam1/7',
      link: '</session/cam1/7/layer>; rel="urn:ietf:params:whep:ext:core:layer"',
      'x-other': '2',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': '*',
    });
    expect(response.rawHeaders.filter((name) => name.toLowerCase() === 'vary').length).toBe(1);
    for (const name of ['set-cookie', 'x-hop']) expect(response.headers).not.toHaveProperty(name);
  });

  it('comes back as text, whatever page the node would make of it', async () => {
    const nodeUrl = await scriptedNode((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(422, {
          'content-type': 'text/html',
          'content-disposition': 'inline; filename="x.html"',
          'content-security-policy': "default-src *; script-src 'unsafe-inline'",
          'x-content-type-options': 'sniff',
          refresh: '0; url=https://elsewhere.example',
          'clear-site-data': '"*"',
          'service-worker-allowed': '/',
        });
        response.end('<script>document.title = "mine"</script>');
      });
    });
    const { url } = await steer([{ alias: 'a', url: nodeUrl }]);
    for (const path of ['/whip/cam1', '/api/whip/a/cam1']) {
      const reply = await offer(url + path, OFFER);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([422, 'text/plain; charset=utf-8']);
      expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
      expect(reply.headers.get('content-security-policy')).toBe(REPLY_POLICY);
      for (const name of ['content-disposition', 'refresh', 'clear-site-data', 'service-worker-allowed']) {
        expect(reply.headers.get(name), name).toBeNull();
      }
    }
  });

  it('is nothing whose name would lead elsewhere on the node', async () => {
    const node = await fakeNode();
    const { hostname, port } = new URL((await steer([{ alias: 'a', url: node.url }])).url);
    for (const [method, path] of [
      ['POST', '/whip/..'],
      ['DELETE', '/session/cam1/%2e%2e'],
      ['DELETE', '/api/streams/.'],
    ]) {
      const request = httpRequest({
        hostname,
        port,
        path,
        method,
        headers: { 'x-liveman-desktop': 'of this test' },
      });
      request.end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      expect(response.statusCode).toBe(400);
    }
  });

  it('ends when the client goes', async () => {
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let gone = () => {};
    const isGone = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const nodeUrl = await scriptedNode((_, response) => {
      response.on('close', gone);
      asked();
    });
    const { url } = await steer([{ alias: 'a', url: nodeUrl }]);
    const leave = new AbortController();
    const reply = fetch(`${url}/whip/cam1`, { method: 'POST', body: OFFER, signal: leave.signal });
    await isAsked;
    leave.abort();
    await expect(reply).rejects.toThrow();
    await isGone;
  });

  it('is no session body beyond its limit', async () => {
    const node = await fakeNode();
    const { url } = await steer([{ alias: 'a', url: node.url }]);
    const location = (await offer(`${url}/whip/cam1`, OFFER)).headers.get('location');
    const reply = await fetch(url + location, {
      method: 'PATCH',
      headers: { 'content-type': 'application/trickle-ice-sdpfrag' },
      body: 'a=candidate:1\r\n'.repeat(10_000),
    });
    expect(reply.status).toBe(413);
  });
});
