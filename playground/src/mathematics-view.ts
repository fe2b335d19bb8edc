/** @file The tab with what a layer computes and its gradient as mathematics, and the code that is generated of it. */
import { button, choice, element } from '../../src/pages/report/dom.ts';
import type { NetworkReport, ReportLayer } from '../../src/report/network-report.ts';
import type { ShownKernel } from './language/emit.ts';
import { inline } from './markdown.ts';
import type { Program } from './program.ts';
import { messageOf } from './workers.ts';

const PARTS = { forward: 'Forward', backward: 'Backward', update: 'Update' } as const;

export class MathematicsView {
  readonly element = element('div');
  readonly #code = element('div');
  #layers: readonly ReportLayer[] = [];
  #name: string | undefined;
  /** The code is asked for: it follows what is chosen. */
  #isShown = false;

  constructor(readonly program: Program) {}

  show({ layers }: NetworkReport): void {
    this.#layers = layers.filter(({ formulas }) => formulas !== undefined);
    if (!this.#layers.some(({ name }) => name === this.#name)) this.#name = this.#layers[0]?.name;
    this.#draw();
  }

  #draw(): void {
    const { label, select } = choice(
      'Layer',
      this.#layers.map(({ name, operation }) => `${name}: ${operation}`),
      (index) => {
        this.#name = this.#layers[index]!.name;
        this.#draw();
        this.element.querySelector('select')?.focus();
      },
    );
    const at = this.#layers.findIndex(({ name }) => name === this.#name);
    select.selectedIndex = at;
    const { formulas = [], gradients = [] } = this.#layers[at] ?? {};
    const code = button('Show the code that is made of it', () => {
      this.#isShown = true;
      code.hidden = true;
      void this.#showCode();
    });
    code.hidden = this.#isShown;
    this.element.replaceChildren(
      element('div', { class: 'tools' }, label),
      ...formulaBlock('What it computes', formulas),
      ...formulaBlock('Its gradient: `d.v` is the derivative of the loss by v', gradients),
      code,
      this.#code,
    );
    if (this.#isShown) void this.#showCode();
  }

  async #showCode(): Promise<void> {
    const { text, network } = this.program;
    const layer = this.#name;
    if (layer === undefined) return;
    try {
      const kernels = await this.program.compiler.ask('kernels', text, network, layer);
      if (layer === this.#name) this.#code.replaceChildren(...kernelBlocks(kernels));
    } catch (error) {
      this.#code.replaceChildren(element('p', {}, messageOf(error)));
    }
  }
}

function formulaBlock(title: string, lines: readonly string[]): HTMLElement[] {
  return lines.length === 0
    ? []
    : [element('h2', {}, ...inline(title)), element('pre', { tabindex: 0 }, lines.join('\n'))];
}

function kernelBlocks(kernels: readonly ShownKernel[]): HTMLElement[] {
  const told =
    'Functions of a step, as `--target js` has them. Layers that can be computed together are: a function may stand for several. `M` is the memory.';
  const blocks = kernels.map(({ part, formulas, code }) =>
    element(
      'div',
      { class: 'kernel' },
      element(
        'div',
        {},
        element('h3', {}, PARTS[part]),
        element('pre', { tabindex: 0, class: 'formula' }, formulas.join('\n\n')),
      ),
      element('pre', { tabindex: 0 }, code),
    ),
  );
  const none = element('p', {}, 'No function computes this layer: it only gives another shape to what it reads.');
  return [
    element('h2', {}, 'The code'),
    element('p', { class: 'faint-text' }, ...inline(told)),
    ...(blocks.length > 0 ? blocks : [none]),
  ];
}
