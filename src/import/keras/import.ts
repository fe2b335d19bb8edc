/** @file A model of Keras as a network: what `model.to_json()` writes, and what lies in a `.keras`. */
import { diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import type { NamedTensor } from '../../exchange/weights/named-tensors.ts';
import { finishImport, type ImportedNetwork } from '../finish-import.ts';
import { flattened, inputOf } from '../layer-steps.ts';
import { malformedText } from '../malformed-text.ts';
import { present, Unsupported } from '../unsupported.ts';
import { refuse, type Step } from '../values.ts';
import { IDLE, KERAS_LAYERS, kindOf } from './layers.ts';
import { callsOf, type LayerConfig, layersOf, type ModelConfig, modelOf, type Source } from './model-config.ts';
import { exact } from './order.ts';
import { isObject, type Json, listOf, Settings } from './values.ts';
import { KerasWeights } from './weights.ts';

export interface KerasOptions {
  readonly path: string;
  readonly name: string;
  /** Channels first, as all sizes here; `''` stands for the only one. */
  readonly inputs?: ReadonlyMap<string, readonly number[]>;
  /** Variables by their paths. */
  readonly weights?: { readonly tensors: readonly NamedTensor[]; readonly path: string };
}

/** Models lie in each other no deeper. */
const DEEPEST = 16;

/** Reports CNN4304 to CNN4306, CNN4314, CNN4316. */
export function importKeras(text: string, options: KerasOptions): ImportedNetwork {
  const { path, name, weights } = options;
  let root: Json;
  try {
    root = JSON.parse(text);
  } catch {
    throw notAModel(path, 'it is no JSON');
  }
  const model = isObject(root) ? modelOf(root) : undefined;
  if (!model) throw notAModel(path, 'it describes no Sequential or functional model');
  const reader = new Reader(options, isObject(root) ? String(root.keras_version ?? '2') : '2');
  const outputs = reader.read(model);
  const own = outputs.map((step, k) => ({ name: outputs.length > 1 ? `scores${k + 1}` : 'scores', step }));
  const comment = 'Read from a model of Keras.';
  return finishImport(
    { inputs: reader.inputs, outputs: own },
    { name, comment, said: reader.said(), hasWeights: weights !== undefined },
  );
}

function notAModel(path: string, what: string): Error {
  return malformedText(path, 'as a whole', what, 'write `model.to_json()` to a file');
}

class Reader {
  readonly inputs: Step[] = [];
  readonly #unsupported = new Unsupported();
  readonly #weights: KerasWeights | undefined;
  readonly #left = new Map<string, number>();
  readonly #isVersion3: boolean;

  constructor(
    readonly options: KerasOptions,
    version: string,
  ) {
    this.#isVersion3 = Number.parseInt(version, 10) >= 3;
    this.#weights = options.weights && new KerasWeights(options.weights.tensors, options.weights.path);
  }

  said(): string[] {
    return [...this.#left].map(([kind, count]) => `${count} ${kind} left out: it works in training alone`);
  }

  read(model: ModelConfig): Step[] {
    const results = this.#model(model, undefined, '', 0);
    this.#unsupported.check('model');
    const outputs = results
      .map((step) => exact(step!))
      .map((step) => (/^adaptive/.test(step.word) ? flattened(step) : step));
    if (outputs.length === 0 || outputs.some(({ form }) => form === 'input'))
      throw this.#place('the model has no layers', 'name a model with layers');
    return outputs;
  }

  /** `given`: what flows into a model that is a layer of another. */
  #model(
    model: ModelConfig,
    given: readonly (Step | undefined)[] | undefined,
    prefix: string,
    depth: number,
  ): (Step | undefined)[] {
    if (depth > DEEPEST) throw notAModel(this.options.path, 'its models lie too deep in each other');
    const layers = layersOf(model);
    if (model.kind === 'Sequential')
      return [this.#sequence(model, layers, given?.[0], prefix, depth, given !== undefined)];
    const results = new Map<string, Step | undefined>();
    const inputs = new Map(model.inputs.map(({ layer }, k) => [layer, k]));
    const resultOf = ({ layer, node, tensor }: Source) => {
      if (node !== 0 || tensor !== 0) refuse('a layer is applied twice, or gives several results');
      if (!results.has(layer)) refuse(`\`${layer}\` is no layer before it`);
      return present(results.get(layer));
    };
    for (const layer of inOrder(layers)) {
      const place = inputs.get(layer.name);
      if (layer.kind === 'InputLayer' || place !== undefined)
        results.set(layer.name, given ? given[place ?? 0] : this.#input(layer));
      else
        results.set(
          layer.name,
          this.#layer(layer, (calls) => calls.map(resultOf), prefix, depth),
        );
    }
    return model.outputs.map((source) => this.#unsupported.attempt('output', source.layer, () => resultOf(source)));
  }

  #sequence(
    model: ModelConfig,
    layers: readonly LayerConfig[],
    given: Step | undefined,
    prefix: string,
    depth: number,
    isInner: boolean,
  ): Step | undefined {
    const [first] = layers;
    const source = first && (first.kind === 'InputLayer' || first.shape ? first : { ...first, shape: model.shape });
    let x = isInner || !source ? given : this.#input(source);
    for (const layer of layers) {
      const before: Step | undefined = x;
      if (layer.kind !== 'InputLayer') x = this.#layer(layer, () => [present(before)], prefix, depth);
    }
    return x;
  }

  /** `[null, 224, 224, 3]` is `[3, 224, 224]` here. */
  #input({ name, shape }: LayerConfig): Step {
    const given = this.options.inputs?.get(name) ?? this.options.inputs?.get('');
    const sizes = listOf(shape).slice(1);
    const own = sizes.length > 1 ? [sizes.at(-1)!, ...sizes.slice(0, -1)] : sizes;
    const found = (given ?? own) as number[];
    if (found.length < 1 || found.length > 3 || !found.every((size) => Number.isSafeInteger(size) && size > 0))
      throw this.#place(
        `the size of its input \`${name}\` is left open`,
        'say what it is, channels first: `--input 3x224x224`',
      );
    const step = inputOf(/^(input|keras_tensor)[_\d]*$/.test(name) ? 'image' : name, found);
    this.inputs.push(step);
    return step;
  }

  #layer(
    layer: LayerConfig,
    inputsOf: (calls: readonly Source[]) => Step[],
    prefix: string,
    depth: number,
  ): Step | undefined {
    const { name, kind, config } = layer;
    const inner = modelOf({ class_name: kind, config });
    const attempt = <Result>(make: () => Result) => this.#unsupported.attempt(kind, name, make);
    if (inner) {
      const inputs = attempt(() => inputsOf(callsOf(layer)));
      const outputs = this.#model(
        inner,
        inputs ?? inner.inputs.map(() => undefined),
        `${prefix}${labelOf(name)}.`,
        depth + 1,
      );
      return attempt(() => (outputs.length === 1 ? present(outputs[0]) : refuse('it gives several results')));
    }
    return attempt(() => {
      const inputs = inputsOf(callsOf(layer));
      if (IDLE.test(kind)) {
        this.#left.set(kind, (this.#left.get(kind) ?? 0) + 1);
        return inputs[0] ?? refuse('it has no input');
      }
      const known = kindOf(kind);
      if (!Object.hasOwn(KERAS_LAYERS, known)) refuse('');
      const variable = (names: readonly string[], shape: readonly number[], axes?: readonly number[]) =>
        this.#weights?.take(name, names, shape, axes ?? shape.map((_, k) => k)) ?? new Float32Array(0);
      const label = `${prefix}${labelOf(name)}`;
      return KERAS_LAYERS[known]!({
        inputs,
        settings: new Settings(config),
        label,
        variable,
        known: this.#weights !== undefined,
        isVersion3: this.#isVersion3,
      });
    });
  }

  #place(message: string, help: string): DiagnosticError {
    return new DiagnosticError(
      diagnostic('CNN4305', `\`${this.options.path}\`: ${message}`, { fix: { message: help } }),
    );
  }
}

const labelOf = (name: string): string =>
  name
    .split('/')
    .map((part) => part.replace(/\W/g, '_'))
    .filter(Boolean)
    .join('.');

/** Each behind what it takes; those that take each other stay as they are. */
function inOrder(layers: readonly LayerConfig[]): LayerConfig[] {
  const ordered: LayerConfig[] = [];
  const done = new Set<string>();
  let waiting = [...layers];
  while (waiting.length > 0) {
    const ready = waiting.filter((layer) => callsOf(layer).every(({ layer: source }) => done.has(source)));
    const next = ready.length > 0 ? ready : waiting;
    for (const layer of next) done.add(layer.name);
    ordered.push(...next);
    waiting = waiting.filter((layer) => !done.has(layer.name));
  }
  return ordered;
}
