import type { NodeConfig, NodeConfigInput, NodeMode } from '../../../src-shared/model/node-config.ts';
import { ApiError, errorMessage } from '../../api/client.ts';

/** What the fields of the dialog hold. */
export interface NodeForm {
  readonly alias: string;
  readonly url: string;
  readonly token: string;
  /** The stored token stays; `token` is not looked at. */
  readonly keepsToken: boolean;
  readonly mode: NodeMode;
  readonly site: string;
  /** Name of its storage; empty: the default one. */
  readonly storage: string;
}

export type NodeFormField = 'alias' | 'url' | 'token' | 'storage';

const FIELDS: readonly NodeFormField[] = ['alias', 'url', 'token', 'storage'];

/** A refusal: at a field, or of the whole. */
export interface NodeFormProblem {
  readonly field: NodeFormField | null;
  readonly message: string;
}

export function formOf(config: NodeConfig | null): NodeForm {
  return {
    alias: config?.alias ?? '',
    url: config?.url ?? '',
    token: '',
    keepsToken: config?.hasToken ?? false,
    mode: config?.mode ?? 'sse',
    site: config?.site ?? '',
    storage: config?.storage ?? '',
  };
}

/** What goes to the manager; an absent token stays as it was. */
export function inputOf(form: NodeForm): NodeConfigInput {
  const { alias, keepsToken, mode, site, storage, token } = form;
  return { alias, url: withScheme(form.url), mode, site, storage, ...(keepsToken ? {} : { token }) };
}

/** `10.0.7.13:7777` is what people type; nodes speak http unless said otherwise. */
export function withScheme(url: string): string {
  const trimmed = url.trim();
  return trimmed === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
}

/** Where in the dialog a failed call is told. */
export function problemOf(error: unknown): NodeFormProblem {
  const field = error instanceof ApiError ? error.details.field : null;
  return { field: FIELDS.find((each) => each === field) ?? null, message: errorMessage(error) };
}
