/** Id of the session that a node names in `Location`, whatever stands before it. Null when there is none. */
export function sessionOfLocation(location: string | undefined): string | null {
  // The name may hold anything, as nodes write it as it is; ids are plain.
  const match = /\/session\/.+\/([^/?#]+)$/.exec(location ?? '');
  return match?.[1] ? decodeOnce(match[1]) : null;
}

/** Path of a session on nodes and on the manager, fit for a header and for a client's next request. */
export function sessionPath(stream: string, session: string): string {
  return `/session/${encodeURIComponent(stream)}/${encodeURIComponent(session)}`;
}

/** Links with the target of a layer link, which nodes write with the name as it is, brought into a usable form. */
export function withUsableLayerLink(links: readonly string[], stream: string, session: string): string[] {
  return links.map((link) =>
    link.replace(/^<[^>]*\/session\/.*\/layer>/, `<${sessionPath(stream, session)}/layer>`),
  );
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
