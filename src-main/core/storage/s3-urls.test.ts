import { expect, it } from 'vitest';
import type { S3Options } from './s3-options.ts';
import { S3Store } from './s3-store.ts';

/** Where the bytes of an object are fetched from, by the services people use; a URL is signed without asking one. */

const KEYS = { access_key_id: 'key', secret_access_key: 'secret', disable_config_load: true };
const PATH = 'Küche & Flur/1762842203/v_seg_0001.m4s';
const ENCODED = 'K%C3%BCche%20%26%20Flur/1762842203/v_seg_0001.m4s';

const CASES: [string, Omit<S3Options, 'bucket'>, string, string][] = [
  [
    'AWS, bucket in the path',
    { region: 'eu-central-1' },
    'https://s3.eu-central-1.amazonaws.com',
    `/recordings/${ENCODED}`,
  ],
  [
    'AWS, bucket in the host name',
    { region: 'eu-central-1', enable_virtual_host_style: true },
    'https://recordings.s3.eu-central-1.amazonaws.com',
    `/${ENCODED}`,
  ],
  [
    'MinIO',
    { endpoint: 'http://minio.local:9000/', root: '/live/' },
    'http://minio.local:9000',
    `/recordings/live/${ENCODED}`,
  ],
  [
    'Alibaba OSS',
    {
      endpoint: 'https://oss-cn-hangzhou.aliyuncs.com',
      region: 'oss-cn-hangzhou',
      enable_virtual_host_style: true,
    },
    'https://recordings.oss-cn-hangzhou.aliyuncs.com',
    `/${ENCODED}`,
  ],
  [
    'an endpoint without scheme',
    { endpoint: 's3.example.com', region: 'x' },
    'https://s3.example.com',
    `/recordings/${ENCODED}`,
  ],
  [
    'a service below a path',
    { endpoint: 'https://example.com/storage/v1/s3' },
    'https://example.com',
    `/storage/v1/s3/recordings/${ENCODED}`,
  ],
];

it.each(CASES)('reaches %s', async (_, options, origin, pathname) => {
  const store = new S3Store({ bucket: 'recordings', ...KEYS, ...options });
  const { headers, url } = await store.presign({ method: 'GET', path: PATH, ttlSeconds: 60 });
  const signed = new URL(url);
  expect([signed.origin, signed.pathname]).toEqual([origin, pathname]);
  expect(headers).toEqual({ host: signed.host });
  const credential = decodeURIComponent(signed.searchParams.get('X-Amz-Credential') ?? '');
  expect(credential.split('/')[2]).toBe(options.region ?? 'us-east-1');
});

it('says of a wrong endpoint where it stands', () => {
  const open = () => new S3Store({ bucket: 'b', ...KEYS, endpoint: 'ftp://x', section: 'storages[2]' });
  expect(open).toThrow(/^storages\[2\]\.endpoint is "ftp:\/\/x"/);
  const open2 = () => new S3Store({ bucket: 'b', access_key_id: 'k', section: 'storages[2]' });
  expect(open2).toThrow(/^storages\[2\]\.secret_access_key is missing/);
});
