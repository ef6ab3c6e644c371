/** Shorter texts stand in ordinary words too. */
const MIN_CHARS = 6;
const MAX_KNOWN = 5000;
const COVER = '[secret]';

/** Secrets of this process, so that they can be covered wherever a text is about to leave it that somebody else wrote. */
const known = new Set<string>();
let pattern: RegExp | null = null;

/** A secret was read; it is covered from now on, also as it stands in URLs and in JSON. */
export function noteSecret(secret: string): void {
  for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
    if (form.length < MIN_CHARS || known.has(form) || known.size >= MAX_KNOWN) continue;
    known.add(form);
    pattern = null;
  }
}

/** The text with `[secret]` in place of each secret that was noted. */
export function coverSecrets(text: string): string {
  if (known.size === 0) return text;
  pattern ??= new RegExp(
    // Longer ones first: one may begin with another.
    [...known]
      .sort((a, b) => b.length - a.length)
      .map(escaped)
      .join('|'),
    'g',
  );
  return text.replace(pattern, COVER);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
