/** @file A network of Caffe as one of ours: `deploy.prototxt`, or the one of training as it is tested. */
import { diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import { finishImport, type ImportedNetwork } from '../finish-import.ts';
import { flattened, inputOf } from '../layer-steps.ts';
import { malformedText } from '../malformed-text.ts';
import { present, Unsupported } from '../unsupported.ts';
import { refuse, type Step } from '../values.ts';
import { CAFFE_LAYERS, LOSSES, SOURCES } from './layers.ts';
import { type Message, readTextFormat } from './text-format.ts';

export interface CaffeOptions {
  readonly path: string;
  readonly name: string;
  /** Sizes of inputs that the text leaves open; `''` stands for the only one. */
  readonly inputs?: ReadonlyMap<string, readonly number[]>;
}

/** Reports CNN4304 to CNN4306, CNN4314. */
export function importCaffe(text: string, options: CaffeOptions): ImportedNetwork {
  const { path, name } = options;
  const root = readTextFormat(text, path);
  const all = [...root.messages('layer'), ...root.messages('layers')].sort((one, other) => one.line - other.line);
  const layers = all.filter(isTested);
  if (layers.length === 0)
    throw malformedText(path, 1, 'it has no `layer`', 'name a network of Caffe, such as deploy.prototxt');
  const { inputs, outputs, said } = new Reader(options).read(root, layers);
  const comment = 'Read from a network of Caffe.';
  return finishImport({ inputs, outputs }, { name: root.text('name', name), comment, said, hasWeights: false });
}

const typeOf = (layer: Message): string => layer.text('type', '').toLowerCase().replaceAll('_', '');

/** Whether it takes part when the network is tested. */
function isTested(layer: Message): boolean {
  const fits = (rule: Message) => /^(TEST|1)$/.test(rule.text('phase', 'TEST')) && !rule.has('stage');
  const rules = layer.messages('include');
  if (rules.length > 0) return rules.some(fits);
  return !layer.messages('exclude').some(fits);
}

function labelOf(name: string): string {
  return name
    .split('/')
    .map((part) => part.replace(/\W/g, '_'))
    .filter((part) => part !== '')
    .join('.');
}

class Reader {
  readonly #blobs = new Map<string, Step | undefined>();
  readonly #inputs: Step[] = [];
  /** Blobs that no layer has taken yet. */
  readonly #open = new Set<string>();
  readonly #labels = new Set<string>();
  readonly #left = new Map<string, number>();
  readonly #unsupported = new Unsupported();

  constructor(readonly options: CaffeOptions) {}

  read(root: Message, layers: readonly Message[]) {
    this.#declared(root);
    for (const layer of layers) this.#layer(layer);
    this.#unsupported.check('network');
    const outputs = [...this.#open].flatMap((name) => {
      const step = this.#blobs.get(name);
      return step && step.form !== 'input'
        ? [{ name, step: /^adaptive/.test(step.word) ? flattened(step) : step }]
        : [];
    });
    if (outputs.length === 0) throw this.#place('no layer gives an output', 'name a network with layers');
    const said = [...this.#left].map(([kind, count]) => `${count} ${kind} left out`);
    return { inputs: this.#inputs, outputs, said };
  }

  /** `input: "data"`, with `input_dim` four times or `input_shape`. */
  #declared(root: Message): void {
    const shapes = root.messages('input_shape').map((shape) => shape.numbers('dim'));
    const sizes = root.numbers('input_dim');
    for (const [k, name] of root.texts('input').entries())
      this.#input(name, shapes[k] ?? (sizes.length > 0 ? sizes.slice(4 * k, 4 * k + 4) : undefined));
  }

  #input(name: string, sizes: readonly number[] | undefined, crop = 0): void {
    const given = this.options.inputs?.get(name) ?? this.options.inputs?.get('');
    const shape = given ?? sizes?.slice(1) ?? [];
    const example = `--input ${crop ? `3x${crop}x${crop}` : '3x224x224'}`;
    const whole = shape.every((size) => Number.isSafeInteger(size) && size > 0);
    if (shape.length < 1 || shape.length > 3 || !whole)
      throw this.#place(`the size of its input \`${name}\` is not said, or is none`, `say what it is: \`${example}\``);
    const step = inputOf(name, shape);
    this.#inputs.push(step);
    this.#give(name, step);
  }

  #give(name: string, step: Step | undefined): void {
    this.#blobs.set(name, step);
    this.#open.delete(name);
    this.#open.add(name);
  }

  #layer(layer: Message): void {
    const kind = typeOf(layer);
    const [tops, bottoms] = [layer.texts('top'), layer.texts('bottom')];
    const shown = layer.text('type', '?');
    if (kind === 'input') {
      const shapes = layer.message('input_param').messages('shape');
      for (const [k, top] of tops.entries()) this.#input(top, (shapes[k] ?? shapes[0])?.numbers('dim'));
    } else if (SOURCES.test(kind)) {
      const [data, ...labels] = tops;
      if (data !== undefined && !this.#blobs.has(data))
        this.#input(data, undefined, layer.message('transform_param').number('crop_size', 0));
      for (const label of labels) this.#labels.add(label);
    } else if (LOSSES.test(kind)) this.#left.set(shown, (this.#left.get(shown) ?? 0) + 1);
    else this.#compute(layer, kind, shown, { tops, bottoms });
  }

  #compute(
    layer: Message,
    kind: string,
    shown: string,
    { tops, bottoms }: { tops: string[]; bottoms: string[] },
  ): void {
    const name = layer.text('name', shown);
    const results = this.#unsupported.attempt(shown, name, () => {
      if (!Object.hasOwn(CAFFE_LAYERS, kind)) refuse('');
      const inputs = bottoms.map((bottom) => {
        if (this.#labels.has(bottom)) refuse('it takes labels');
        if (!this.#blobs.has(bottom)) refuse(`no layer before it gives \`${bottom}\``);
        return present(this.#blobs.get(bottom));
      });
      const found = CAFFE_LAYERS[kind]!({ inputs, layer, label: labelOf(name), tops: tops.length });
      return found.length === tops.length ? found : refuse(`it gives ${found.length} blobs, not ${tops.length}`);
    });
    for (const bottom of bottoms) this.#open.delete(bottom);
    for (const [k, top] of tops.entries()) this.#give(top, results?.[k]);
  }

  #place(message: string, help: string): DiagnosticError {
    return new DiagnosticError(
      diagnostic('CNN4305', `\`${this.options.path}\`: ${message}`, { fix: { message: help } }),
    );
  }
}
