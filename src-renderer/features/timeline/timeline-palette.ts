/** Colours of the drawing, read from the tokens of the current theme. */
export interface TimelinePalette {
  readonly background: string;
  readonly track: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly text: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly coverage: string;
  readonly secondSource: string;
  readonly playhead: string;
  readonly warning: string;
  readonly flag: string;
}

/** Reads the tokens as they apply to `element`. */
export function readPalette(element: Element): TimelinePalette {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    background: token('--bg-1'),
    track: token('--bg-3'),
    line: token('--line-1'),
    lineStrong: token('--line-2'),
    text: token('--text-3'),
    accent: token('--accent'),
    accentSoft: token('--accent-soft'),
    coverage: token('--coverage'),
    secondSource: token('--coverage-2'),
    playhead: token('--rec'),
    warning: token('--warn'),
    flag: token('--text-1'),
  };
}

/** Calls `onChange` whenever the theme changes. Returns how to stop. */
export function watchTheme(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
  const media = matchMedia('(prefers-color-scheme: dark)');
  media.addEventListener('change', onChange);
  return () => {
    observer.disconnect();
    media.removeEventListener('change', onChange);
  };
}
