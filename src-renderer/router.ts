import { useSyncExternalStore } from 'react';

export const VIEWS = [
  'cluster',
  'streams',
  'live',
  'recordings',
  'storage',
  'exports',
  'alerts',
  'audit',
  'settings',
] as const;
export type View = (typeof VIEWS)[number];

/**
 * Where the window is: a view and its parameters, from `#/view?key=value`.
 *
 * Parameters: cluster `node` (alias), `show`; streams `show`, `sort`; live `stream` (name); recordings `stream` (name), `at`
 * (microseconds since the Unix epoch); storage `show`, `stream`, `node`, `status`, `recording` (id); settings `section`.
 */
export interface Route {
  readonly view: View;
  readonly query: URLSearchParams;
}

/** Reads a location hash; null where it names no view. */
export function parseHash(hash: string): Route | null {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const view = VIEWS.find((name) => name === path);
  return view ? { view, query: new URLSearchParams(search) } : null;
}

/** The hash of a view, for links. Undefined parameters are left out. */
export function hrefTo(
  view: View,
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  const text = search.toString();
  return text ? `#/${view}?${text}` : `#/${view}`;
}

/** Goes to a view; adds to the history, so that Back works. */
export function navigate(view: View, query?: Readonly<Record<string, string | number | undefined>>): void {
  window.location.hash = hrefTo(view, query);
}

/** Changes the parameters of the current view without adding to the history. */
export function replaceQuery(query: Readonly<Record<string, string | number | undefined>>): void {
  const route = parseHash(window.location.hash);
  if (!route) return;
  window.history.replaceState(null, '', hrefTo(route.view, query));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
}

let lastHash: string | null = null;
let lastRoute: Route | null = null;

function currentRoute(): Route | null {
  const { hash } = window.location;
  if (hash !== lastHash) {
    lastHash = hash;
    lastRoute = parseHash(hash);
  }
  return lastRoute;
}

/** The current route; null while the hash names no view. */
export function useRoute(): Route | null {
  return useSyncExternalStore(subscribe, currentRoute);
}
