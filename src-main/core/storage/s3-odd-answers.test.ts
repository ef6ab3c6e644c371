import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { S3Options } from './s3-options.ts';
import { S3Store } from './s3-store.ts';

/** Services, proxies and consoles that answer as S3 does not: nothing is taken for an empty list or other bytes. */

let server: Server;
let asked = 0;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function open(): S3Store {
  const options: S3Options = {
    bucket: 'recordings',
    root: 'media',
    region: 'eu-test-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    access_key_id: 'key',
    secret_access_key: 'secret',
    disable_config_load: true,
  };
  asked = 0;
  return new S3Store(options, 5000);
}

async function list(prefix = ''): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of open().list(prefix)) paths.push(path);
  return paths;
}

function page(keys: readonly string[], more = '<IsTruncated>false</IsTruncated>'): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
  return `<?xml version="1.0"?><ListBucketResult><Name>recordings</Name>${more}${contents}</ListBucketResult>`;
}

const goesOn = (token: string) =>
  `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`;

describe('a list', () => {
  it.each([
    ['says that it goes on and not where', '<IsTruncated>true</IsTruncated>', 1],
    ['goes on with nothing', goesOn(''), 1],
    ['goes on where it began, again and again', goesOn('here'), 2],
  ])('that %s ends with an error', async (_, more, pages) => {
    answer = (_request, response) => response.end(page([], more));
    await expect(list()).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('goes on'),
    });
    expect(asked).toBe(pages);
  });

  it('goes on with any token, and has nothing that does not begin as asked for', async () => {
    answer = (request, response) => {
      const token = new URL(request.url ?? '', 'http://x').searchParams.get('continuation-token');
      if (token === null) response.end(page(['media/cam1/a', 'other/cam1/b'], goesOn('a+b/=&amp; ü%25')));
      else
        response.end(page([token === 'a+b/=& ü%25' ? 'media/cam1/c' : 'media/cam1/wrong', 'media/cam2/d']));
    };
    expect(await list('cam1/')).toEqual(['cam1/a', 'cam1/c']);
  });
});

describe('what is no S3 service', () => {
  const html = (status: number, headers: Record<string, string> = {}) => {
    answer = (request, response) => {
      response.writeHead(status, { 'content-type': 'text/html', ...headers });
      response.end(request.method === 'HEAD' ? undefined : '<!doctype html><html><br>Log in</html>');
    };
  };

  it.each([200, 404])('is no empty bucket where it answers everything with a page and %i', async (status) => {
    html(status);
    const notS3 = { code: 'storage_unavailable', details: { problem: 'not-s3' } };
    await expect(list()).rejects.toMatchObject(notS3);
    await expect(open().usage()).rejects.toMatchObject(notS3);
    await expect(open().usage()).rejects.toThrow(
      /not as an S3 service does\. Check recorder\.storage\.endpoint/,
    );
    // Else the rows would go and the objects stay.
    await expect(open().remove(['cam1/1762842203/v_seg_0001.m4s'])).rejects.toMatchObject(notS3);
  });

  it('is told from a bucket in another region', async () => {
    html(301, { location: 'https://s3.example.com/recordings?X-Amz-Signature=x' });
    await expect(open().usage()).rejects.toMatchObject({
      details: { problem: 'not-s3' },
      message: expect.stringMatching(/sends us on to https:\/\/s3\.example\.com\. Check/),
    });
    html(301, { 'x-amz-bucket-region': 'us-west-2' });
    await expect(open().usage()).rejects.toMatchObject({
      details: { problem: 'wrong-region' },
      message: expect.stringContaining('another region (us-west-2)'),
    });
  });
});

describe('a range', () => {
  const part = (range: string, bytes: string) => {
    answer = (_, response) => {
      response.writeHead(206, { 'content-range': range, 'content-length': bytes.length });
      response.end(bytes);
    };
  };

  it('that is another than the one asked for is not taken for it', async () => {
    part('bytes 0-3/10', '0123');
    await expect(open().read('cam1/a', 3, 4)).rejects.toThrow(/does not answer to ranges/);
  });

  it('is read although the service does not say how long the whole is', async () => {
    part('bytes 3-6/*', '3456');
    expect((await open().read('cam1/a', 3, 4)).toString()).toBe('3456');
  });
});
