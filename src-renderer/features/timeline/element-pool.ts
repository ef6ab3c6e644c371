/** Elements that are placed anew on each frame: made once, hidden while not needed. */
export class ElementPool {
  readonly #parent: HTMLElement;
  readonly #className: string;
  readonly #elements: HTMLElement[] = [];
  #used = 0;

  constructor(parent: HTMLElement, className: string) {
    this.#parent = parent;
    this.#className = className;
  }

  /** To be called before the elements of a frame are placed. */
  begin(): void {
    this.#used = 0;
  }

  /** Shows `text` at (x, y). */
  place(text: string, x: number, y: number, tone = ''): void {
    let element = this.#elements[this.#used];
    if (!element) {
      element = document.createElement('span');
      element.className = this.#className;
      this.#parent.append(element);
      this.#elements.push(element);
    }
    this.#used += 1;
    if (element.textContent !== text) element.textContent = text;
    if (element.dataset.tone !== tone) element.dataset.tone = tone;
    element.style.transform = `translate(${Math.round(x * 2) / 2}px, ${y}px)`;
    element.hidden = false;
  }

  /** Hides what the frame did not use. */
  end(): void {
    for (let index = this.#used; index < this.#elements.length; index++) {
      const element = this.#elements[index];
      if (element && !element.hidden) element.hidden = true;
    }
  }
}
