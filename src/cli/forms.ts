/** @file What commands write, by name: the usage lists these, and the commands, which are loaded later, make them. */
import { extname } from 'node:path';

export const GRAPH_FORMATS = ['svg', 'png', 'dot', 'mmd'] as const;

/** Other tools for which a network is exported. */
export const TOOLS = ['pytorch', 'onnx'] as const;

export type Tool = (typeof TOOLS)[number];

/** Options that one tool alone has. */
export const TOOL_OPTIONS: Readonly<Record<string, Tool>> = {
  batch: 'onnx',
  fold: 'onnx',
  heads: 'onnx',
  train: 'onnx',
};

/** Files of weights, by the ends of their names. */
export const WEIGHT_FILES = ['.safetensors', '.npz'] as const;

export type WeightFile = (typeof WEIGHT_FILES)[number];

export function isWeightFile(path: string): boolean {
  return WEIGHT_FILES.some((end) => end === extname(path));
}
