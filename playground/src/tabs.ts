/** @file Tabs, as keyboards and screen readers know them. */
import { element } from '../../src/pages/report/dom.ts';

export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly panel: HTMLElement;
  /** It is about to be seen. */
  readonly shown?: () => unknown;
}

export class Tabs {
  readonly #buttons: readonly HTMLButtonElement[];
  #at = 0;

  constructor(
    parent: HTMLElement,
    readonly tabs: readonly Tab[],
  ) {
    this.#buttons = tabs.map(({ id, title, panel }, k) => {
      panel.id = `panel-${id}`;
      panel.setAttribute('role', 'tabpanel');
      panel.setAttribute('aria-labelledby', `tab-${id}`);
      const made = element(
        'button',
        { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': panel.id },
        title,
      );
      made.addEventListener('click', () => this.#show(k));
      made.addEventListener('keydown', (event) => this.#key(event));
      return made;
    });
    const list = element('div', { role: 'tablist', 'aria-label': 'views of the network' }, ...this.#buttons);
    parent.append(list, ...tabs.map(({ panel }) => panel));
    this.#show(0);
  }

  get current(): string {
    return this.tabs[this.#at]!.id;
  }

  show(id: string): void {
    this.#show(this.tabs.findIndex((tab) => tab.id === id));
  }

  #show(index: number): void {
    this.#at = index;
    for (const [k, made] of this.#buttons.entries()) {
      made.setAttribute('aria-selected', `${k === index}`);
      made.tabIndex = k === index ? 0 : -1;
      this.tabs[k]!.panel.hidden = k !== index;
    }
    this.tabs[index]!.shown?.();
  }

  #key(event: KeyboardEvent): void {
    const { length } = this.tabs;
    const moves: Record<string, number> = {
      ArrowRight: this.#at + 1,
      ArrowLeft: this.#at - 1 + length,
      Home: 0,
      End: length - 1,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#show(next % length);
    this.#buttons[this.#at]!.focus();
  }
}
