/**
 * @file The networks that `predict` measures, and the files of one that those who take part read: our module and its weights, the ONNX
 * model and the PyTorch program that our own exporters write, and that model once more as plain data for TensorFlow.js.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importBundled } from '../bundle.mjs';
import { command, compiled } from '../compiler.mjs';
import { networks } from '../networks.mjs';

const zoo = (name) => readFileSync(new URL(`../../examples/zoo/${name}.cnn`, import.meta.url), 'utf8');

const large = (name, file, set = {}) => ({ name, text: () => zoo(file), input: [3, 224, 224], set });

export const models = [
  ...networks.map(({ name, text, input }) => ({ name, text, input, set: {} })),
  large('mobilenet_v2', 'mobilenet_v2'),
  large('resnet18', 'resnet', { depth: 18 }),
  large('squeezenet1.1', 'squeezenet'),
];

/** The most threads that the modules are built for. */
const MOST_THREADS = 8;

export const FILES = {
  module: 'cnnc.mjs',
  weights: 'weights.safetensors',
  onnx: 'network.onnx',
  graph: 'graph.json',
  tensors: 'tensors.bin',
  pytorch: 'network.py',
};

let inner;

function tools() {
  inner ??= importBundled(`
    export { readModel } from '../src/exchange/onnx/model-file.ts';
    export { tensorValues } from '../src/exchange/onnx/tensors.ts';
    export { writeSafetensors } from '../src/runtime/safetensors.ts';`);
  return inner;
}

/** Writes the files of a network into a folder. */
export async function prepare({ name, text, set }, folder) {
  const file = (wanted) => join(folder, wanted);
  const { elaboration, emitPredictor } = await compiled(text(), name, set);
  const { plan } = await emitPredictor(elaboration, {});
  const { writeSafetensors } = await tools();
  writeFileSync(file(FILES.weights), writeSafetensors(drawWeights(plan.state), {}));
  writeFileSync(file('network.cnn'), text());
  const settings = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const run = (verb, output, ...more) =>
    execFileSync(process.execPath, [command, verb, file('network.cnn'), ...more, ...settings, '-o', file(output)], {
      stdio: 'pipe',
    });
  run('build', FILES.module, '--inference', '--minify', '--threads', `${MOST_THREADS}`);
  run('export', FILES.onnx, '--to', 'onnx', '--fold', '--weights', file(FILES.weights));
  run('export', FILES.pytorch, '--to', 'pytorch');
  await writeGraph(folder);
}

/** Normal numbers by He's rule, so that outputs of deep networks neither vanish nor explode; statistics as they are at the start. */
function drawWeights(state) {
  let seed = 1;
  const random = () => {
    let sum = 0;
    for (let k = 0; k < 3; k++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      sum += seed / 2 ** 32 - 0.5;
    }
    return 2 * sum;
  };
  return state.map(({ name, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const spread = Math.sqrt((2 * shape[0]) / size);
    const draw = () => {
      if (shape.length > 1) return random() * spread;
      return name.endsWith('weight') || name.endsWith('running_var') ? 1 : 0.01 * random();
    };
    return { name, shape, data: Float32Array.from({ length: size }, draw) };
  });
}

/** The ONNX model as JSON, with its tensors in one file of floats: TensorFlow.js reads no ONNX. */
async function writeGraph(folder) {
  const { readModel, tensorValues } = await tools();
  const { graph } = readModel(readFileSync(join(folder, FILES.onnx)));
  const tensors = {};
  const parts = [];
  let offset = 0;
  for (const tensor of graph.initializers) {
    const values = Float32Array.from(tensorValues(tensor).data, Number);
    tensors[tensor.name] = { shape: tensor.shape.map(Number), offset, length: values.length };
    parts.push(Buffer.from(values.buffer));
    offset += values.length;
  }
  const plainOf = ({ ints, int, float }) => (ints.length ? ints.map(Number) : Number(int ?? float));
  const nodes = graph.nodes.map(({ opType, inputs, outputs, attributes }) => ({
    ...{ type: opType, inputs, output: outputs[0] },
    attributes: Object.fromEntries(attributes.map((attribute) => [attribute.name, plainOf(attribute)])),
  }));
  const known = new Set(Object.keys(tensors));
  const input = graph.inputs.find(({ name }) => !known.has(name)).name;
  const plain = { input, output: graph.outputs[0].name, nodes, tensors };
  writeFileSync(join(folder, FILES.graph), JSON.stringify(plain));
  writeFileSync(join(folder, FILES.tensors), Buffer.concat(parts));
}
