/** @file The names of what a summary shows. Usage lists them, and computes nothing. */

/** In the order of CSV, where new ones come last. */
export const COLUMN_DOCS = {
  name: 'the name of the layer',
  op: 'the operator, with kernel, /stride, p(adding), d(ilation) and g(roups)',
  inputs: 'shapes of what flows in',
  output: 'shape of the result',
  parameters: 'learned numbers',
  macs: 'multiply-adds with weights, per image',
  receptive_field: 'pixels of the input that a place sees at most',
  stride: 'pixels of the input from place to place',
  padding: 'pixels beyond the border that the first place sees',
  smallest: 'pixels of the input that a place sees at least',
  flops: 'all operations forward, per image',
  backward_flops: 'all operations backward, per image',
  memory: 'bytes of the result, for one image',
  kernel: 'size of the window',
  kernel_stride: 'step of the window',
  dilation: 'distance of the taps',
  groups: 'groups of channels',
  pad: 'padding of the window',
  moved: 'bytes of inputs, weights and result, for one image',
  intensity: 'operations forward for each byte that is moved',
  time: 'milliseconds of a step, with --calibrate',
} as const;

export type ColumnName = keyof typeof COLUMN_DOCS;

/** What can be added up. */
export const FIGURES = ['parameters', 'macs', 'flops', 'backward_flops', 'memory', 'moved', 'time'] as const;

export type Figure = (typeof FIGURES)[number];
