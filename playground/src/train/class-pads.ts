/** @file Classes of one's own: their names, and pictures of them, drawn on one pad. */
import { button, element } from '../../../src/pages/report/dom.ts';
import type { DrawnClass } from '../training/data-for.ts';
import { EDGE, Pad } from './pad.ts';

interface OwnClass {
  readonly name: HTMLInputElement;
  readonly pictures: Uint8Array[];
  readonly row: HTMLElement;
  readonly shown: HTMLElement;
}

const [FIRST, MOST] = [3, 10];

export class ClassPads {
  readonly element = element('div');
  readonly #rows = element('ul', { class: 'classes' });
  readonly #said = element('p', { role: 'status', class: 'faint-text' });
  readonly #pad: Pad;
  readonly #add = button('One class more', () => {
    this.#addClass();
    this.changed();
  });
  #drawn: Uint8Array | undefined;
  #all: OwnClass[] = [];

  constructor(readonly changed: () => void) {
    this.#pad = new Pad('a pad to draw pictures of your classes on', (pixels) => {
      this.#drawn = pixels;
    });
    const text =
      'Draw something, and say which class it is of. A handful of each is enough to begin with; a fifth of them, one at least, is held back for the test. The network needs a class for each: `target label: class(3)`.';
    this.element.append(
      element('p', {}, text.replaceAll('`', '')),
      element(
        'div',
        { class: 'one-picture' },
        this.#pad.element,
        element('div', { class: 'subject' }, this.#rows, this.#add),
      ),
      this.#said,
    );
    for (let k = 0; k < FIRST; k++) this.#addClass();
  }

  get classes(): readonly DrawnClass[] {
    return this.#all.map(({ name, pictures }, k) => ({
      name: name.value.trim() || `class ${k + 1}`,
      pictures: [...pictures],
    }));
  }

  #addClass(): void {
    const number = this.#all.length + 1;
    const name = element('input', { type: 'text', value: `class ${number}`, 'aria-label': `name of class ${number}` });
    const shown = element('span', { class: 'drawings' });
    const one: OwnClass = { name, pictures: [], shown, row: element('li') };
    const of = () => name.value.trim() || `class ${number}`;
    const take = button('It is one of these', () => this.#take(one, of()));
    take.setAttribute('aria-label', `what is drawn is of class ${number}`);
    const forget = button('Forget', () => {
      one.pictures.length = 0;
      shown.replaceChildren();
      this.#tell(`No pictures of ${of()} any more.`);
    });
    forget.setAttribute('aria-label', `forget the pictures of class ${number}`);
    one.row.append(name, take, forget, shown);
    this.#all.push(one);
    this.#rows.append(one.row);
    this.#add.hidden = this.#all.length >= MOST;
  }

  #take({ pictures, shown }: OwnClass, name: string): void {
    if (!this.#drawn) return this.#tell('Draw something first.');
    pictures.push(this.#drawn);
    shown.append(thumbnail(this.#drawn));
    this.#pad.clear();
    this.#tell(`${pictures.length} ${pictures.length === 1 ? 'picture' : 'pictures'} of ${name}.`);
  }

  #tell(text: string): void {
    this.#said.textContent = text;
    this.changed();
  }
}

function thumbnail(pixels: Uint8Array): HTMLCanvasElement {
  const canvas = element('canvas', { width: EDGE, height: EDGE, class: 'drawing' });
  const image = new ImageData(EDGE, EDGE);
  for (const [k, value] of pixels.entries()) image.data.set([226, 112, 24, value], 4 * k);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}
