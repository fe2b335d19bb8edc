/** @file What the network sees: its guesses at some digits, its first filters, and what each layer makes of one picture. */
import { choice, element } from '../../../src/pages/report/dom.ts';
import type { Look, Prediction, Subject } from '../training/session.ts';
import { Pad } from './pad.ts';
import { SheetList, SheetView } from './sheet-view.ts';

/** Test images that can be chosen. */
const CHOICES = 10;

function best(scores: readonly number[]): number {
  return scores.indexOf(Math.max(...scores));
}

export class LookView {
  readonly element = element('div');
  subject: Subject = 0;
  readonly #digits: readonly { readonly view: SheetView; readonly told: HTMLElement; readonly item: HTMLElement }[];
  readonly #filters = new SheetList();
  readonly #layers = new SheetList();
  readonly #subject = new SheetView();
  readonly #scores = element('div', { class: 'scores' });
  readonly #said = element('p', { role: 'status' });
  #classes: readonly string[] = [];

  /** `chosen`: another picture is to be looked at. */
  constructor(chosen: () => void) {
    this.#digits = Array.from({ length: 10 }, () => {
      const view = new SheetView();
      const told = element('span');
      return { view, told, item: element('li', {}, view.canvas, told) };
    });
    const pick = (subject: Subject) => {
      this.subject = subject;
      chosen();
    };
    const { label, select } = choice(
      'Test picture',
      Array.from({ length: CHOICES }, (_, k) => `${k + 1}`),
      pick,
    );
    const pad = new Pad('a pad to draw on, for the network to read', (pixels) => pick(pixels ?? select.selectedIndex));
    const side = element('div', { class: 'subject' }, this.#subject.canvas, this.#said, this.#scores);
    this.element.append(
      element('h2', {}, 'Guesses'),
      element('p', { class: 'faint-text' }, 'Some pictures of the test, which are never trained on.'),
      element('ul', { class: 'digits' }, ...this.#digits.map(({ item }) => item)),
      element('h2', {}, 'One picture, layer by layer'),
      element(
        'p',
        { class: 'faint-text' },
        'Draw something, or choose a picture of the test. In the layers, orange is above zero, blue below.',
      ),
      element('div', { class: 'one-picture' }, element('div', {}, pad.element, label), side),
      this.#layers.element,
      element('h2', {}, 'First weights'),
      element(
        'p',
        { class: 'faint-text' },
        'What the first layer looks for: orange adds to its result, blue takes away.',
      ),
      this.#filters.element,
    );
  }

  /** `classes`: their names. */
  show({ digits, filters, subject, layers }: Look, classes: readonly string[]): void {
    this.#classes = classes;
    for (const [k, { item }] of this.#digits.entries()) item.hidden = k >= digits.length;
    for (const [k, digit] of digits.entries()) this.#guess(k, digit);
    this.#filters.show(filters ? [filters] : []);
    this.#layers.show(layers);
    this.#subject.show(subject.image);
    const { scores, label } = subject;
    const guessed = scores
      ? `It is read as ${this.#nameOf(best(scores))}${label === undefined ? '' : `, and is ${label}`}.`
      : '';
    if (this.#said.textContent !== guessed) this.#said.textContent = guessed;
    this.#bars(scores ?? []);
  }

  #nameOf(k: number): string {
    return this.#classes[k] ?? `${k}`;
  }

  #guess(k: number, { image, scores, label }: Prediction): void {
    const { view, told, item } = this.#digits[k]!;
    view.show(image);
    const guess = scores && this.#nameOf(best(scores));
    const isRight = guess === label;
    told.textContent = guess === undefined ? '' : isRight ? `${guess} ✓` : `${guess} ✗ (${label})`;
    item.className = guess === undefined || isRight ? '' : 'wrong';
  }

  #bars(scores: readonly number[]): void {
    const most = Math.max(1e-9, ...scores.map(Math.abs));
    if (this.#scores.children.length !== scores.length)
      this.#scores.replaceChildren(
        ...scores.map(() =>
          element(
            'div',
            {},
            element('span', {}),
            element('span', { class: 'bar' }),
            element('span', { class: 'value' }),
          ),
        ),
      );
    for (const [k, score] of scores.entries()) {
      const [name, bar, value] = this.#scores.children[k]!.children as unknown as HTMLElement[];
      name!.textContent = this.#nameOf(k);
      bar!.style.width = `${(100 * Math.max(0, score)) / most}%`;
      value!.textContent = score.toFixed(2);
    }
  }
}
