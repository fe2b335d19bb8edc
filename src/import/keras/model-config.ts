/** @file What a model of Keras consists of, in the forms of Keras 2 and 3. */
import { isObject, type Json, type JsonObject, listOf } from './values.ts';

/** A result of a layer: of which application, and which of several. */
export interface Source {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

export interface ModelConfig {
  readonly kind: 'Sequential' | 'Functional';
  readonly config: JsonObject;
  readonly inputs: readonly Source[];
  readonly outputs: readonly Source[];
  /** With the images in front, if it is said. */
  readonly shape: Json | undefined;
}

export interface LayerConfig {
  readonly name: string;
  /** Its class. */
  readonly kind: string;
  readonly config: JsonObject;
  readonly nodes: Json | undefined;
  /** With the images in front, if it is said. */
  readonly shape: Json | undefined;
}

export function modelOf(value: JsonObject): ModelConfig | undefined {
  const kind = value.class_name === 'Model' ? 'Functional' : value.class_name;
  const { config } = value;
  if ((kind !== 'Sequential' && kind !== 'Functional') || (!isObject(config) && !Array.isArray(config)))
    return undefined;
  // The oldest files have the layers of a sequence alone.
  const own: JsonObject = isObject(config) ? config : { layers: config as readonly Json[] };
  if (!Array.isArray(own.layers)) return undefined;
  return {
    kind,
    config: own,
    inputs: sourcesOf(own.input_layers),
    outputs: sourcesOf(own.output_layers),
    shape: own.build_input_shape,
  };
}

/** `["dense", 0, 0]`, or a list of such. */
function sourcesOf(value: Json | undefined): Source[] {
  const list = listOf(value);
  const single = sourceOf(value);
  return single
    ? [single]
    : list.flatMap((entry) => sourceOf(entry) ?? sourcesOf(Array.isArray(entry) ? entry : undefined));
}

function sourceOf(value: Json | undefined): Source | undefined {
  const [layer, node = 0, tensor = 0] = listOf(value);
  return typeof layer === 'string' && typeof node === 'number' && typeof tensor === 'number'
    ? { layer, node, tensor }
    : undefined;
}

export function layersOf({ config }: ModelConfig): LayerConfig[] {
  return listOf(config.layers).flatMap((layer) => {
    if (!isObject(layer)) return [];
    const own = isObject(layer.config) ? layer.config : {};
    const kind = String(layer.class_name ?? '?');
    const name = String(own.name ?? layer.name ?? kind);
    const shape =
      own.batch_input_shape ??
      own.batch_shape ??
      (Array.isArray(own.shape) && kind === 'InputLayer' ? [null, ...own.shape] : undefined);
    return [
      {
        name,
        kind,
        config: isObject(layer.config) ? own : Array.isArray(layer.config) ? { layers: layer.config } : own,
        nodes: layer.inbound_nodes,
        shape,
      },
    ];
  });
}

/** What the first application of a layer takes, in order. */
export function callsOf({ nodes }: LayerConfig): Source[] {
  const [first] = listOf(nodes);
  if (isObject(first)) return historiesIn(first.args, 0);
  return listOf(first).flatMap((call) => sourceOf(call) ?? []);
}

/** Tensors among the arguments of a call, as Keras 3 writes them. */
function historiesIn(value: Json | undefined, depth: number): Source[] {
  if (depth > 8) return [];
  if (Array.isArray(value)) return value.flatMap((entry) => historiesIn(entry, depth + 1));
  if (!isObject(value)) return [];
  const config = isObject(value.config) ? value.config : {};
  const source = value.class_name === '__keras_tensor__' ? sourceOf(config.keras_history) : undefined;
  return source ? [source] : [];
}
