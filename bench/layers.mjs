/**
 * @file How networks are told to contenders that do not read `.cnn`: lists of layers. Every layer gets its shapes and the
 * shapes of its parameters here, so that a contender only has to build them, and all start from the same weights.
 */
import { generator } from './data.mjs';

/** Square kernel, `pad` zeros on each side. */
export const conv = (channels, kernel, pad, { stride = 1, bias = true } = {}) => ({
  ...{ type: 'conv', channels, kernel, pad, stride, bias },
});
export const relu = { type: 'relu' };
export const batchnorm = { type: 'batchnorm' };
export const pool = { type: 'maxpool', kernel: 2, stride: 2 };
export const globalavgpool = { type: 'globalavgpool' };
export const dense = (units) => ({ type: 'dense', units });
/** The sum of two branches; an empty `skip` is what came in. */
export const residual = (main, skip = []) => ({ type: 'residual', main, skip });

const window = (size, kernel, pad, stride) => Math.floor((size + 2 * pad - kernel) / stride) + 1;

/** Of each type: the output's shape, and parameters by name in PyTorch's shapes. */
const rules = {
  conv: ({ channels, kernel, pad, stride, bias }, [inputs, height, width]) => ({
    output: [channels, window(height, kernel, pad, stride), window(width, kernel, pad, stride)],
    parameters: { weight: [channels, inputs, kernel, kernel], ...(bias ? { bias: [channels] } : {}) },
  }),
  maxpool: ({ kernel, stride }, [channels, height, width]) => ({
    output: [channels, window(height, kernel, 0, stride), window(width, kernel, 0, stride)],
  }),
  dense: ({ units }, input) => ({
    output: [units, 1, 1],
    parameters: { weight: [units, product(input)], bias: [units] },
  }),
  relu: (_, input) => ({ output: input }),
  batchnorm: (_, input) => ({ output: input, parameters: { weight: [input[0]], bias: [input[0]] } }),
  globalavgpool: (_, [channels]) => ({ output: [channels, 1, 1] }),
};

export function product(numbers) {
  return numbers.reduce((result, number) => result * number, 1);
}

/** The layers with `input`, `output` (channels × height × width) and `parameters`. */
export function withShapes(layers, input) {
  const described = [];
  let shape = input;
  for (const layer of layers) {
    const next = describe(layer, shape);
    described.push(next);
    shape = next.output;
  }
  return described;
}

function describe(layer, input) {
  if (layer.type !== 'residual') return { ...layer, input, parameters: {}, ...rules[layer.type](layer, input) };
  const [main, skip] = [withShapes(layer.main, input), withShapes(layer.skip, input)];
  const output = main.at(-1).output;
  const added = skip.at(-1)?.output ?? input;
  if (`${output}` !== `${added}`) throw new Error(`branches of shapes ${output} and ${added} cannot be added`);
  return { type: 'residual', input, output, parameters: {}, main, skip };
}

/** Layers with branches written out, in the order in which parameters are stored: `main` before `skip`. */
export function flatLayers(layers) {
  return layers.flatMap((layer) =>
    layer.type === 'residual' ? [...flatLayers(layer.main), ...flatLayers(layer.skip)] : [layer],
  );
}

/** `{ layer, name, shape }` of every parameter, in order. */
export function parametersOf(layers) {
  return flatLayers(layers).flatMap((layer) =>
    Object.entries(layer.parameters).map(([name, shape]) => ({ layer, name, shape })),
  );
}

export function countParameters(layers) {
  return parametersOf(layers).reduce((sum, { shape }) => sum + product(shape), 0);
}

/** One after the other: weights of N(0, 2/n) with n inputs each, scales of batch norm 1, biases 0. */
export function initialWeights(layers, seed = 1) {
  const random = generator(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const values = new Float32Array(countParameters(layers));
  let at = 0;
  for (const { name, shape } of parametersOf(layers)) {
    const next = at + product(shape);
    const deviation = Math.sqrt(2 / product(shape.slice(1)));
    if (name === 'weight') for (let k = at; k < next; k++) values[k] = shape.length === 1 ? 1 : deviation * normal();
    at = next;
  }
  return values;
}

/** The part of `values` that each parameter takes, in order. */
export function splitParameters(layers, values) {
  let at = 0;
  return parametersOf(layers).map((parameter) => {
    const start = at;
    at += product(parameter.shape);
    return { ...parameter, data: values.subarray(start, at) };
  });
}
