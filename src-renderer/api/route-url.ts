/** A query as the contract types it; arrays repeat their key, undefined is left out. */
export type QueryValues = Readonly<
  Record<string, string | number | boolean | readonly string[] | null | undefined>
>;

/**
 * Path and query of a route, relative to the page (no leading slash, so that it also works behind a proxy's
 * prefix and on the desktop's own scheme).
 *
 * `{name}` takes one encoded segment, `{*name}` takes the parameter `*` with its slashes kept.
 */
export function routeUrl(
  template: string,
  params: Readonly<Record<string, string>> = {},
  query: QueryValues = {},
): string {
  const path = template.slice(1).replace(/\{(\*?)([^}]+)\}/g, (_whole, star: string, name: string) => {
    const value = params[star ? '*' : name];
    if (value === undefined) throw new Error(`The path ${template} needs the parameter ${name}`);
    return star ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    if (Array.isArray(value)) for (const one of value) search.append(key, String(one));
    else search.append(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}
