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
}

export type NodeFormField = 'alias' | 'url' | 'token';

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
  };
}

/** What goes to the manager; an absent token stays as it was. */
export function inputOf(form: NodeForm): NodeConfigInput {
  const { alias, keepsToken, mode, site, token } = form;
  return { alias, url: withScheme(form.url), mode, site, ...(keepsToken ? {} : { token }) };
}

/** `10.0.7.13:7777` is what people type; nodes speak http unless said otherwise. */
export function withScheme(url: string): string {
  const trimmed = url.trim();
  return trimmed === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
}

/** Where in the dialog a failed call is told. */
export function problemOf(error: unknown): NodeFormProblem {
  const field = error instanceof ApiError ? error.details.field : null;
  const isField = field === 'alias' || field === 'url' || field === 'token';
  return { field: isField ? field : null, message: errorMessage(error) };
}
