/** @file An experiment above the editor: what to look at, its programs, and the button that runs them side by side. */
import { button, byId, choice, element } from '../../src/pages/report/dom.ts';
import { EXPERIMENTS, type Experiment } from './experiments.ts';
import { inline } from './markdown.ts';
import type { Program } from './program.ts';
import type { Variant } from './train/train-view.ts';

export class ExperimentView {
  readonly choice: HTMLElement;
  readonly #select: HTMLSelectElement;
  readonly #panel = byId('experiment');
  #experiment: Experiment | undefined;
  /** The programs, as they are now. */
  #texts: string[] = [];
  #at = 0;

  constructor(
    readonly program: Program,
    readonly run: (variants: readonly Variant[]) => void,
  ) {
    const titles = ['none', ...EXPERIMENTS.map(({ title }) => title)];
    const { label, select } = choice('Experiment', titles, (index) => this.#choose(EXPERIMENTS[index - 1]));
    this.choice = label;
    this.#select = select;
  }

  /** Another program is in the editor. */
  close(): void {
    this.#select.selectedIndex = 0;
    this.#experiment = undefined;
    this.#panel.hidden = true;
  }

  #choose(experiment: Experiment | undefined): void {
    if (!experiment) return this.close();
    this.#experiment = experiment;
    this.#texts = experiment.variants.map(({ text }) => text);
    this.#at = 0;
    this.program.editor.text = this.#texts[0]!;
    this.#draw(experiment);
  }

  #draw({ title, look, variants }: Experiment): void {
    const buttons = variants.map(({ name }, k) => {
      const made = button(name, () => this.#show(k));
      made.setAttribute('aria-pressed', `${k === this.#at}`);
      return made;
    });
    const run = button(`Run all ${variants.length}`, () => this.#run());
    run.className = 'primary';
    const group = element(
      'div',
      { class: 'tools', role: 'group', 'aria-label': 'programs of the experiment' },
      run,
      ...buttons,
    );
    const paragraphs = look.map((text) => element('p', {}, ...inline(text)));
    this.#panel.replaceChildren(element('h2', {}, title), ...paragraphs, group);
    this.#panel.hidden = false;
  }

  #show(index: number): void {
    this.#keep();
    this.#at = index;
    this.program.editor.text = this.#texts[index]!;
    for (const [k, made] of [...this.#panel.querySelectorAll('[aria-pressed]')].entries())
      made.setAttribute('aria-pressed', `${k === index}`);
  }

  #keep(): void {
    this.#texts[this.#at] = this.program.text;
  }

  #run(): void {
    this.#keep();
    this.run(this.#experiment!.variants.map(({ name }, k) => ({ name, text: this.#texts[k]! })));
  }
}
