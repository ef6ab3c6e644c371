import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** A group of settings as the list of groups names it. */
export interface SectionEntry {
  readonly id: string;
  readonly title: string;
}

const PREFIX = 'settings-';
/** So far below the upper edge the next section counts as the one that is read. */
const READING_LINE_PX = 48;

export interface Sections {
  readonly sections: readonly SectionEntry[];
  /** The one that is read. */
  readonly currentId: string | null;
  /** Scrolls to a section and stays with it, whatever comes to be above it, until the operator moves on. */
  readonly goTo: (id: string) => void;
}

/** What an operator scrolls with. */
const MOVES = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;

/** The sections within the scrolling element `ref`, in their order; begins at `wantedId` where one is given. */
export function useSections(ref: RefObject<HTMLElement | null>, wantedId: string | null): Sections {
  const [sections, setSections] = useState<readonly SectionEntry[]>([]);
  const [currentId, setCurrentId] = useState<string | null>(null);
  const goal = useRef<string | null>(null);
  const update = useCallback(() => {
    const view = ref.current;
    if (!view) return;
    const elements = [...view.querySelectorAll<HTMLElement>(`section[id^="${PREFIX}"]`)];
    const found = elements.map(entryOf);
    setSections((known) => (isSameList(known, found) ? known : found));
    const target = elements.find((element) => element.id === PREFIX + goal.current);
    target?.scrollIntoView();
    setCurrentId(target ? goal.current : sectionInView(view, elements));
  }, [ref]);
  const goTo = useCallback(
    (id: string) => {
      goal.current = id;
      update();
    },
    [update],
  );
  useEffect(() => {
    if (wantedId !== null) goTo(wantedId);
  }, [wantedId, goTo]);
  useEffect(() => {
    const view = ref.current;
    if (!view) return;
    const letGo = () => {
      goal.current = null;
    };
    update();
    const observer = new ResizeObserver(update);
    for (const child of view.children) observer.observe(child);
    view.addEventListener('scroll', update, { passive: true });
    for (const move of MOVES) view.addEventListener(move, letGo, { passive: true });
    return () => {
      observer.disconnect();
      view.removeEventListener('scroll', update);
      for (const move of MOVES) view.removeEventListener(move, letGo);
    };
  }, [ref, update]);
  return { sections, currentId, goTo };
}

/** The last section that begins above the reading line; at the very end the last one, however short. */
function sectionInView(view: HTMLElement, sections: readonly HTMLElement[]): string | null {
  const isAtEnd = view.scrollTop > 0 && view.scrollTop + view.clientHeight >= view.scrollHeight - 1;
  const lineY = view.getBoundingClientRect().top + READING_LINE_PX;
  const passed = sections.findLast((section) => section.getBoundingClientRect().top <= lineY);
  const section = isAtEnd ? sections.at(-1) : (passed ?? sections[0]);
  return section ? entryOf(section).id : null;
}

function entryOf(section: HTMLElement): SectionEntry {
  return { id: section.id.slice(PREFIX.length), title: section.getAttribute('aria-label') ?? '' };
}

function isSameList(a: readonly SectionEntry[], b: readonly SectionEntry[]): boolean {
  return a.length === b.length && a.every(({ id, title }, i) => b[i]?.id === id && b[i].title === title);
}
