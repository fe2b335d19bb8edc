/** @file Batch norms that do not scale or shift in the tools that they come from: here they learn to, which is told. */
import { expect, it } from 'vitest';
import { importCaffe } from '../../src/import/caffe/import.ts';
import { importKeras } from '../../src/import/keras/import.ts';
import { importOnnx } from '../../src/import/onnx/import.ts';
import { handMade, matrix, node } from './hand-made.ts';

const told = (norms: string, more: number) =>
  `${norms} a factor of 1 or a term of 0 in the model; here ${norms.startsWith('1 ') ? 'it learns' : 'they learn'} them: ${more} parameters more`;

it.each([
  [{}, []],
  [{ scale: false }, [told('1 batch norm has', 3)]],
  [{ scale: false, center: false }, [told('1 batch norm has', 6)]],
])('Keras: %j', async (settings, wanted) => {
  const layers = [
    { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 4, 4, 3] } },
    { class_name: 'BatchNormalization', config: { name: 'norm', axis: [3], ...settings } },
  ];
  const model = { class_name: 'Sequential', keras_version: '2.9.0', config: { name: 'net', layers } };
  expect((await importKeras(JSON.stringify(model), { path: 'net.json', name: 'net' })).said).toEqual(wanted);
});

it.each([
  ['', [told('2 batch norms have', 12)]],
  [
    'layer { name: "s" type: "Scale" bottom: "b" top: "b" scale_param { bias_term: true } }',
    [told('1 batch norm has', 6)],
  ],
  ['layer { name: "s" type: "Scale" bottom: "b" top: "b" }', [told('2 batch norms have', 9)]],
])('Caffe, behind the last norm: %s', (scale, wanted) => {
  const text = `input: "data" input_dim: [1, 3, 8, 8]
    layer { name: "a" type: "BatchNorm" bottom: "data" top: "a" }
    layer { name: "r" type: "ReLU" bottom: "a" top: "a" }
    layer { name: "b" type: "BatchNorm" bottom: "a" top: "b" } ${scale}`;
  expect(importCaffe(text, { path: 'net.prototxt', name: 'net' }).said).toEqual(wanted);
});

it.each([
  [[0.5, 1, 2], [0, 1, 0], []],
  [[1, 1, 1], [0, 1, 0], [told('1 batch norm has', 3)]],
  [[1, 1, 1], [0, 0, 0], [told('1 batch norm has', 6)]],
])('ONNX: factors %j, terms %j', (factors, terms, wanted) => {
  const norm = node(
    'BatchNormalization',
    [
      'image',
      matrix([3], 'norm.weight', factors),
      matrix([3], 'norm.bias', terms),
      matrix([3], 'norm.running_mean', [0.1, 0.2, 0.3]),
      matrix([3], 'norm.running_var', [1, 2, 3]),
    ],
    'y',
  );
  expect(importOnnx(handMade({ image: ['batch', 3, 4, 4] }, [norm]), 'net').said).toEqual(wanted);
});
