/**
 * @file A linear softmax classifier compiled by hand, so that the runtime is exercised without the compiler: two training
 * phases (the image is staged again for the second, the target is kept per block), momentum, a running mean as buffer.
 */

import { augmenter } from '../../src/runtime/augment.ts';
import type {
  Compiled,
  Executable,
  InputLayout,
  ProgramLayout,
  TrainingDefaults,
} from '../../src/runtime/executable.ts';
import { scheduler } from '../../src/runtime/schedule.ts';
import { crop } from '../../src/training/augmentations/crop.ts';
import { flip } from '../../src/training/augmentations/flip.ts';
import { SCHEDULES } from '../../src/training/words.ts';

export interface HandOptions {
  readonly shape?: readonly number[];
  readonly classes?: number;
  readonly lanes?: number;
  readonly maxBatch?: number;
  readonly training?: Partial<TrainingDefaults>;
  readonly normalize?: InputLayout['normalize'];
}

export const momentum = 0.9;

const defaults: TrainingDefaults = {
  data: 'digits',
  batch: 8,
  epochs: 3,
  seed: 42,
  learningRate: 0.1,
  schedule: { kind: 'constant', warmup: 0 },
  optimizer: { kind: 'sgd', lr: 0.1, momentum },
  patience: 0,
  watch: 'validation',
  augment: { steps: [] },
};

/** Where everything lies; tests look at staged values through it. */
export interface Places {
  readonly image: number;
  readonly target: number;
  readonly part: number;
  readonly seed: number;
  readonly noise: number;
}

/** As a module has it: none where the rate stays. */
function scheduleOf(settings: TrainingDefaults['schedule'] | undefined) {
  const effect = SCHEDULES.find(({ name }) => name === settings?.kind)?.effect;
  return effect || settings?.warmup ? scheduler(effect) : undefined;
}

function allocator(): { take: (length: number) => number; length: () => number } {
  let next = 0;
  return { take: (length) => (next += length) - length, length: () => next };
}

export function compileByHand(options: HandOptions = {}): {
  compiled: Compiled;
  places: Places;
  memory: () => Float32Array;
} {
  const { shape = [1, 2, 2], classes = 3, lanes = 4, maxBatch = 10 } = options;
  const pixels = shape.reduce((a, b) => a * b, 1);
  const blocks = Math.ceil(maxBatch / lanes);
  const memoryPlan = allocator();
  const { take } = memoryPlan;
  const weight = take(classes * pixels);
  const bias = take(classes);
  const mean = take(1);
  const velocity = take(classes * pixels + classes);
  const gradient = take(classes * pixels + classes);
  const sums = take(4); // loss, accuracy, evaluation loss, evaluation accuracy
  const batchMean = take(1);
  const lrPlace = take(1);
  const image = take(pixels * lanes);
  const target = take(blocks * lanes);
  const part = take(blocks * lanes);
  const seed = take(blocks * lanes);
  const noise = take(blocks * lanes);
  const probability = take(blocks * classes * lanes);
  const logits = take(classes * lanes);

  const imageInput: InputLayout = {
    name: 'image',
    role: 'image',
    shape,
    offset: image,
    blockStride: 0,
    normalize: options.normalize,
  };
  const perBlock = (name: string, role: InputLayout['role'], offset: number): InputLayout => {
    return { name, role, shape: [], offset, blockStride: lanes, ...(role === 'target' ? { classes } : {}) };
  };
  const labelled = [imageInput, perBlock('label', 'target', target), perBlock('weight', 'weight', part)];
  const train: ProgramLayout = {
    inputs: [...labelled, perBlock('seed', 'seed', seed)],
    outputs: [],
    zero: [
      { offset: gradient, length: classes * pixels + classes },
      { offset: sums, length: 2 },
      { offset: batchMean, length: 1 },
    ],
    loss: sums,
    metrics: [{ name: 'accuracy', offset: sums + 1 }],
  };
  const evaluate: ProgramLayout = {
    inputs: labelled,
    outputs: [],
    zero: [{ offset: sums + 2, length: 2 }],
    loss: sums + 2,
    metrics: [{ name: 'accuracy', offset: sums + 3 }],
  };
  const predict: ProgramLayout = {
    inputs: [imageInput],
    outputs: [{ name: 'scores', shape: [classes], offset: logits, blockStride: 0 }],
    zero: [],
    loss: -1,
    metrics: [],
  };

  let kept = new Float32Array(0);
  const instantiate = (m: Float32Array): Executable => {
    kept = m as Float32Array<ArrayBuffer>;
    const forward = (lane: number): void => {
      for (let k = 0; k < classes; k++) {
        let sum = m[bias + k]!;
        for (let i = 0; i < pixels; i++) sum += m[weight + k * pixels + i]! * m[image + i * lanes + lane]!;
        m[logits + k * lanes + lane] = sum;
      }
    };
    const score = (block: number, loss: number): void => {
      for (let lane = 0; lane < lanes; lane++) {
        forward(lane);
        const scores = Array.from({ length: classes }, (_, k) => m[logits + k * lanes + lane]!);
        const top = Math.max(...scores);
        const total = scores.reduce((sum, value) => sum + Math.exp(value - top), 0);
        const label = m[target + block * lanes + lane]!;
        const share = m[part + block * lanes + lane]!;
        scores.forEach((value, k) => {
          m[probability + (block * classes + k) * lanes + lane] = Math.exp(value - top) / total;
        });
        m[loss]! += share * (top + Math.log(total) - scores[label]!);
        m[loss + 1]! += share * (scores.indexOf(top) === label ? 1 : 0);
      }
    };
    const backward = (block: number): void => {
      for (let lane = 0; lane < lanes; lane++) {
        const share = m[part + block * lanes + lane]!;
        m[noise + block * lanes + lane] = m[seed + block * lanes + lane]!;
        for (let k = 0; k < classes; k++) {
          const hit = m[target + block * lanes + lane] === k ? 1 : 0;
          const slope = share * (m[probability + (block * classes + k) * lanes + lane]! - hit);
          for (let i = 0; i < pixels; i++) m[gradient + k * pixels + i]! += slope * m[image + i * lanes + lane]!;
          m[gradient + classes * pixels + k]! += slope;
        }
        for (let i = 0; i < pixels; i++) m[batchMean]! += (share * m[image + i * lanes + lane]!) / pixels;
        // What lies in a shared input is not kept: a runtime that does not stage it again fails.
        for (let i = 0; i < pixels; i++) m[image + i * lanes + lane] = Number.NaN;
      }
    };
    const apply = (): void => {
      for (let i = 0; i < classes * pixels + classes; i++) {
        m[velocity + i] = momentum * m[velocity + i]! + m[gradient + i]!;
        m[weight + i]! -= m[lrPlace]! * m[velocity + i]!;
      }
      m[mean] = 0.9 * m[mean]! + 0.1 * m[batchMean]!;
    };
    return {
      train: [
        { kind: 'blocks', stages: [0, 1, 2], collects: [], run: (block) => score(block, sums) },
        { kind: 'blocks', stages: [0, 3], collects: [], run: backward },
      ],
      update: [{ kind: 'once', stages: [], collects: [], run: apply }],
      evaluate: [{ kind: 'blocks', stages: [0, 1, 2], collects: [], run: (block) => score(block, sums + 2) }],
      predict: [
        {
          kind: 'blocks',
          stages: [0],
          collects: [0],
          run: () => {
            for (let lane = 0; lane < lanes; lane++) forward(lane);
          },
        },
      ],
    };
  };

  const zeros = { kind: 'constant', value: 0 } as const;
  const kaiming = { kind: 'normal', value: Math.sqrt(2 / pixels) } as const;
  const compiled: Compiled = {
    network: {
      name: 'Linear',
      hash: 'abc123',
      compiler: 'by hand',
      inputs: { image: shape },
      targets: { label: { kind: 'class', classes } },
      outputs: { scores: [classes] },
      maxBatch,
      parameters: [
        { name: 'fc.weight', shape: [classes, pixels], trainable: true },
        { name: 'fc.bias', shape: [classes], trainable: true },
      ],
    },
    lanes,
    memoryLength: memoryPlan.length(),
    state: [
      {
        name: 'fc.weight',
        role: 'parameter',
        shape: [classes, pixels],
        trainable: true,
        offset: weight,
        initializer: kaiming,
      },
      { name: 'fc.bias', role: 'parameter', shape: [classes], trainable: true, offset: bias, initializer: zeros },
      { name: 'norm.running_mean', role: 'buffer', shape: [1], trainable: false, offset: mean, initializer: zeros },
      {
        name: 'optimizer.momentum.fc.weight',
        role: 'optimizer',
        shape: [classes, pixels],
        trainable: false,
        offset: velocity,
        initializer: zeros,
      },
      {
        name: 'optimizer.momentum.fc.bias',
        role: 'optimizer',
        shape: [classes],
        trainable: false,
        offset: velocity + classes * pixels,
        initializer: zeros,
      },
    ],
    gradients: [
      { parameter: 'fc.weight', shape: [classes, pixels], offset: gradient },
      { parameter: 'fc.bias', shape: [classes], offset: gradient + classes * pixels },
    ],
    scalars: [{ name: 'lr', offset: lrPlace, value: (lr) => lr }],
    programs: { train, evaluate, predict },
    training: { ...defaults, ...options.training },
    parts: {
      stageAugmented: augmenter({ flip: flip.effect, crop: crop.effect } as never),
      schedule: scheduleOf(options.training?.schedule),
    },
    instantiate,
  };
  return { compiled, places: { image, target, part, seed, noise }, memory: () => kept };
}
