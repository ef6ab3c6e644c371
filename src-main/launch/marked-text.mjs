/**
 * Replaces what stands between `<!-- NAME:start -->` and `<!-- NAME:end -->`.
 *
 * @param {string} document
 * @param {string} name
 * @param {string} text
 * @returns {string | undefined} undefined when the document has no such markers
 */
export function replaceMarked(document, name, text) {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const from = document.indexOf(start);
  const to = document.indexOf(end, from);
  if (from < 0 || to < 0) return undefined;
  return `${document.slice(0, from + start.length)}\n\n${text.trim()}\n\n${document.slice(to)}`;
}
