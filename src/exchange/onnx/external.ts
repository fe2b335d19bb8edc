/** @file Weights in a file beside the model: a Protocol Buffers message has less than 2 GB. */
import { filled } from '../protobuf.ts';
import { ENTRY, type OnnxModel, type OnnxTensor } from './messages.ts';

/** With room for everything that is no weight. */
export const LARGEST_MODEL = 2 ** 31 - 2 ** 24;

/** Smaller tensors stay: shapes and numbers are read before other files are. */
const SMALLEST = 1024;

/** What systems map into memory begins at such places. */
const PAGE = 4096;

export interface Separated {
  readonly model: OnnxModel;
  /** What the other file holds, in pieces. */
  readonly data: readonly Uint8Array[];
}

/** Moves the weights of a model out of it where it would be too large; `location`: the name of their file. */
export function separateWeights(model: OnnxModel, location: string, limit = LARGEST_MODEL): Separated {
  const { graph } = model;
  const size = graph?.initializers.reduce((sum, { raw }) => sum + raw.length, 0) ?? 0;
  if (!graph || size <= limit) return { model, data: [] };
  const data: Uint8Array[] = [];
  let offset = 0;
  const initializers = graph.initializers.map((tensor): OnnxTensor => {
    const { raw } = tensor;
    if (raw.length < SMALLEST) return tensor;
    const place = { location, offset, length: raw.length };
    const gap = (PAGE - (raw.length % PAGE)) % PAGE;
    data.push(raw, ...(gap > 0 ? [new Uint8Array(gap)] : []));
    offset += raw.length + gap;
    const external = Object.entries(place).map(([key, value]) => filled(ENTRY, { key, value: `${value}` }));
    return { ...tensor, raw: new Uint8Array(0), location: 1, external };
  });
  return { model: { ...model, graph: { ...graph, initializers } }, data };
}
