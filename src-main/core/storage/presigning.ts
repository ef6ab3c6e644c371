import type { CallOptions, ObjectStore } from './object-store.ts';

/** What a signed URL is to allow. */
export interface PresignRequest {
  readonly method: 'GET' | 'PUT';
  /** Relative to the storage root; need not exist. */
  readonly path: string;
  readonly ttlSeconds: number;
  /** Media type the answer to a GET is to have. */
  readonly contentType?: string;
}

/** A URL that is good without a credential, and the headers to send with it. */
export interface PresignedCall {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** A store whose service takes signed URLs. */
export interface PresigningStore extends ObjectStore {
  /** Rejects as the other methods do; whether the object is there is not asked. */
  presign(request: PresignRequest, options?: CallOptions): Promise<PresignedCall>;
}

export function canPresign(store: ObjectStore): store is PresigningStore {
  return 'presign' in store;
}
