/** @file What is taken along: an address of the program, the program, the module with its types, the weights. */

import { CHART_STYLE } from '../../../src/pages/line-chart.ts';
import { button, element } from '../../../src/pages/report/dom.ts';
import { base64 } from '../../../src/report/bytes.ts';
import type { Program } from '../program.ts';
import { packed } from '../share.ts';
import type { TrainView } from '../train/train-view.ts';
import { messageOf } from '../workers.ts';
import { download } from './download.ts';

/** `LeNet5` as `lenet5`. */
function fileName(name: string): string {
  return name.toLowerCase();
}

export class TakeAlong {
  readonly element = element('details', { class: 'menu' });
  readonly #said = element('p', { role: 'status', class: 'faint-text' });

  constructor(
    readonly program: Program,
    readonly training: () => Promise<TrainView>,
  ) {
    const entry = (text: string, work: () => Promise<string>) => button(text, () => void this.#attempt(work));
    this.element.append(
      element('summary', {}, 'Share and download'),
      element(
        'div',
        {},
        entry('Copy the address of this program', () => this.#share()),
        entry('Program (.cnn)', () => this.#text()),
        entry('Trainer module (.js)', () => this.#module()),
        entry('Types of the module (.d.ts)', () => this.#types()),
        entry('Weights as trained (.safetensors)', () => this.#weights()),
        entry('A page with everything (.html)', () => this.#everything()),
        this.#said,
      ),
    );
    this.element.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape') return;
      this.element.open = false;
      this.element.querySelector('summary')!.focus();
    });
  }

  async #attempt(work: () => Promise<string>): Promise<void> {
    this.#said.textContent = '…';
    try {
      this.#said.textContent = await work();
    } catch (error) {
      this.#said.textContent = messageOf(error);
    }
  }

  async #share(): Promise<string> {
    const hash = `#${await packed(this.program.text)}`;
    history.replaceState(null, '', hash);
    try {
      await navigator.clipboard.writeText(location.href);
      return 'The address is copied. Whoever opens it sees this program.';
    } catch {
      return 'The address is in the address bar now. Whoever opens it sees this program.';
    }
  }

  async #text(): Promise<string> {
    download('network.cnn', this.program.text);
    return 'network.cnn is saved.';
  }

  async #module(): Promise<string> {
    const { name, code } = await this.#emitted();
    download(`${fileName(name)}.js`, code);
    return `${fileName(name)}.js trains and predicts, in Node and in pages: \`node ${fileName(name)}.js --epochs 3\`.`;
  }

  async #types(): Promise<string> {
    const { name, declarations } = await this.#emitted();
    download(`${fileName(name)}.d.ts`, declarations);
    return `${fileName(name)}.d.ts is saved; it belongs beside the module.`;
  }

  /** Of what was trained, which the program may not be any more. */
  async #everything(): Promise<string> {
    const trained = await (await this.training()).trained();
    if (!trained) return 'Nothing has been trained yet: the page shows the run under Train.';
    const { name, text, network, weights, classes, charts } = trained;
    const [{ code }, report, { everythingPage }] = await Promise.all([
      this.program.compiler.ask('module', text, network),
      this.program.reportOf(text, network),
      import('./everything.ts'),
    ]);
    if (!report) return 'There is no report of the network.';
    const everything = { name, program: text, code, weights: base64(weights), classes };
    download(`${fileName(name)}.html`, everythingPage(report, everything, charts, CHART_STYLE));
    return `${fileName(name)}.html opens from the disk: it reads drawings and pictures, and has program, module, weights and report.`;
  }

  #emitted() {
    return this.program.compiler.ask('module', this.program.text, this.program.network);
  }

  async #weights(): Promise<string> {
    const found = await (await this.training()).trained();
    if (!found) return 'Nothing has been trained yet: the weights are those of the run under Train.';
    download(`${fileName(found.name)}.safetensors`, found.weights);
    return `${fileName(found.name)}.safetensors has the weights by their names, for the module and for PyTorch.`;
  }
}
