/**
 * @file Those who predict in JavaScript, in Node and in a browser alike: each is set up from the files of a network, and then
 * predicts. `here` tells where this is: `bytes(name)` and `url(name)` of a file, `runtime(name)` of a library.
 */
import { modelOf } from './tensorflow.mjs';

const floatsOf = ({ buffer, byteOffset, byteLength }) => new Float32Array(buffer, byteOffset, byteLength / 4);

const same = (images) => images;

async function cnnc({ bytes, url, threads }) {
  const { createPredictor } = await import(url('cnnc.mjs'));
  const predictor = await createPredictor({ threads });
  predictor.load(await bytes('weights.safetensors'));
  return { inputOf: same, predict: (images) => predictor.predict(images), threads: () => predictor.threads };
}

async function onnxruntime({ bytes, runtime, threads, input }) {
  const { env, InferenceSession, Tensor } = await runtime('onnxruntime-web');
  env.wasm.numThreads = threads;
  env.logLevel = 'error';
  const session = await InferenceSession.create(await bytes('network.onnx'));
  const size = input.reduce((product, extent) => product * extent, 1);
  const [name] = session.inputNames;
  const predict = async (images) => {
    const given = new Tensor('float32', images, [images.length / size, ...input]);
    return (await session.run({ [name]: given }))[session.outputNames[0]].data;
  };
  return { inputOf: same, predict, threads: () => env.wasm.numThreads };
}

const tensorflow = (backend) => async (here) => {
  const { tf, library, binaries } = await here.runtime(`tfjs-${backend}`);
  library.setWasmPaths?.(binaries);
  library.setThreadsCount?.(here.threads);
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend} here`);
  const graph = JSON.parse(new TextDecoder().decode(await here.bytes('graph.json')));
  const model = modelOf(tf, graph, floatsOf(await here.bytes('tensors.bin')), here.input);
  const threads = () => (backend === 'wasm' ? (library.getThreadsCount?.() ?? 1) : 1);
  return { ...model, threads };
};

export const parties = {
  cnnc,
  'onnxruntime-web': onnxruntime,
  'tfjs-wasm': tensorflow('wasm'),
  'tfjs-cpu': tensorflow('cpu'),
};

const now = () => performance.now();

/** What a process or a page of one of them answers: see `benchmarks/predict.mjs`. */
export function answering(here) {
  let party;
  let size;
  const inputs = new Map();
  const inputFor = (count) => {
    const made = () => Float32Array.from({ length: count * size }, (_, k) => Math.abs(Math.sin(k)));
    if (!inputs.has(count)) inputs.set(count, party.inputOf(made()));
    return inputs.get(count);
  };
  return {
    async setup({ name, threads, input }) {
      size = input.reduce((product, extent) => product * extent, 1);
      const started = now();
      try {
        party = await parties[name]({ ...here, threads, input });
        await party.predict(inputFor(1));
      } catch (error) {
        return { skip: String(error?.message ?? error).split('\n')[0] };
      }
      return { load: now() - started, threads: party.threads() };
    },
    /** What is predicted for the last one of so many images, and how long that took. */
    async once({ count }) {
      const input = inputFor(count);
      const started = now();
      const values = await party.predict(input);
      const took = now() - started;
      return { took, values: [...values.slice((values.length / count) * (count - 1))] };
    },
    async time({ count, seconds }) {
      const input = inputFor(count);
      const times = [];
      const end = now() + 1000 * seconds;
      do {
        const started = now();
        await party.predict(input);
        times.push(now() - started);
      } while (now() < end);
      return { times, threads: party.threads() };
    },
  };
}
