import { readFileSync } from 'node:fs';
import { capturePath } from './capture-storage.ts';

/** The offer a real browser made to a real node, for `whip/cam1` or `whep/cam1`. */
export function capturedOffer(path: 'whip/cam1' | 'whep/cam1'): string {
  for (const line of readFileSync(capturePath('head', '04-publish.jsonl'), 'utf8').split('\n')) {
    if (line === '') continue;
    const { request } = JSON.parse(line) as { request: { url: string; body?: string } };
    if (request.url.endsWith(`/${path}`) && request.body) return request.body;
  }
  throw new Error(`the captures have no offer for ${path}`);
}
