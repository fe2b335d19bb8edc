/** @file A tab whose script is loaded when it is looked at for the first time. */
import { element } from '../../src/pages/report/dom.ts';
import type { Tab } from './tabs.ts';

export class LazyView<View extends { readonly element: HTMLElement }> {
  readonly #panel = element('div');
  #view: Promise<View> | undefined;

  constructor(
    readonly id: string,
    readonly load: () => Promise<View>,
    readonly draw: (view: View) => unknown = () => undefined,
  ) {}

  tab(title: string): Tab {
    return { id: this.id, title, panel: this.#panel, shown: () => this.show() };
  }

  view(): Promise<View> {
    this.#view ??= this.load().then((view) => {
      this.#panel.append(view.element);
      return view;
    });
    return this.#view;
  }

  /** Nothing happens where nobody has looked at it yet. */
  async ifLoaded(work: (view: View) => void): Promise<void> {
    if (this.#view) work(await this.#view);
  }

  async show(): Promise<void> {
    this.draw(await this.view());
  }
}
