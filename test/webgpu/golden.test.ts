/**
 * @file The kernels of a small network as WGSL, with the lists of what runs: no graphics card is needed to see what changes.
 * UPDATE=1 writes the file anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import { lowerModule } from '../../src/plan/plan-module.ts';
import { planPrograms } from '../../src/plan/plan-programs.ts';
import { TRAINER_PROGRAMS } from '../../src/plan/program-graphs.ts';
import { shaderOf } from '../../src/targets/webgpu/header.ts';
import { printExpression, printNumber } from '../../src/targets/webgpu/print-statements.ts';
import { webgpu } from '../../src/targets/webgpu/target.ts';
import { importModule } from '../support/load-module.ts';

const TINY = `network Tiny {
  input  image: [1, 8, 8]
  target label: class(3)
  maps   = image -> conv(4, 3x3, pad: same) -> relu -> maxpool(2) -> dropout(0.5)
  logits = maps -> dense(3)
  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
train Tiny { optimizer sgd(lr: 0.1, momentum: 0.9)  batch 8 }`;

const { elaboration } = compileSource(TINY, 'tiny.cnn');
const print = (maxBatch: number) =>
  webgpu.print(
    lowerModule(planPrograms({ elaboration: elaboration!, target: webgpu, programs: TRAINER_PROGRAMS, maxBatch })),
  );

/** A graphics card that takes shaders, and makes nothing of them. */
function collectShaders(texts: string[]): object {
  const device = {
    lost: new Promise(() => {}),
    pushErrorScope() {},
    popErrorScope: async () => null,
    createBuffer: () => ({}),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createShaderModule: ({ code }: { code: string }) => texts.push(code),
    createComputePipelineAsync: () => Promise.reject(new Error('no pipelines')),
  };
  const adapter = { info: {}, limits: {}, requestDevice: async () => device };
  return { requestAdapter: async () => adapter };
}

describe('kernels for graphics cards', () => {
  it('are as they were', async () => {
    const golden = new URL('tiny.wgsl.txt', import.meta.url);
    const text = await print(8);
    if (process.env.UPDATE) writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
  });

  it('sum over all groups of a batch where no term is left: 0 is stored for each', async () => {
    const { elaboration } = compileSource(
      `op beside(x[a, b], k[i]) -> y[j] = sum(i) x[i, j + i - 1] * k[i]
      network Beside {
        input  x: [1, 3]
        target t: [1]
        y = x -> beside(j: 1, i: 2)
        loss mse(y, t)
      }`,
      'beside.cnn',
    );
    const request = { elaboration: elaboration!, target: webgpu, programs: TRAINER_PROGRAMS, maxBatch: 8 };
    const text = await webgpu.print(lowerModule(planPrograms(request)));
    const shaders = text.slice(text.indexOf('const shaders = [')).split('\nhead + ');
    const number = shaders.findIndex((shader) => shader.includes('// d.y.k[i] = sum(batch, j)')) - 1;
    expect(shaders[number + 1]).toMatch(/run_0 \+= 0f;/);
    expect(text).toContain(`run(${number}, 'groups',`);
  });

  it('are the same for any number of images: only the places differ', async () => {
    const shadersIn = (text: string) => text.slice(0, text.indexOf('/** Which kernel'));
    expect(shadersIn(await print(256))).toBe(shadersIn(await print(300)));
  });

  it('have at most four bindings, and bring what they call', () => {
    const text = shaderOf('fn kernel() { M[0] = largest(tangent(M[1]), erf(M[2])); }');
    expect(text.match(/@binding/g)).toHaveLength(4);
    for (const name of ['is_nan', 'largest', 'tangent', 'erf']) expect(text).toContain(`fn ${name}(`);
    expect(text).not.toContain('fn power(');
    expect(text.indexOf('fn is_nan')).toBeLessThan(text.indexOf('fn largest'));
  });

  it('say what is known of a condition: -1 is no integer without a sign', () => {
    const value = { kind: 'constant', value: 2 } as const;
    const guarded = (constant: number) => {
      const conditions = [{ index: { constant, terms: [] }, divisor: 2, extent: 3 }];
      return printExpression({ kind: 'guarded', conditions, value });
    };
    expect([-2, -1, 0, 1, 4, 5, 6].map(guarded)).toEqual(
      [false, false, true, false, true, false, false].map((holds) => `select(0f, 2f, ${holds})`),
    );
  });

  it.each([
    [1, '1f'],
    [-0.1, '(-0.1f)'],
    [1 / 3, '0.33333334f'],
    [16777217, '16777216f'],
    [1e-7, '1e-7f'],
    [-0, '(-0f)'],
    [1e39, 'infinity()'],
    [Number.NEGATIVE_INFINITY, '(-infinity())'],
    [Number.NaN, 'not_a_number()'],
  ])('write %f as %s', (value, text) => {
    expect(printNumber(value)).toBe(text);
    if (Number.isFinite(Math.fround(value)))
      expect(Math.fround(Number.parseFloat(text.replace('(', '')))).toBe(Math.fround(value));
  });

  it('are the same in minified modules, but for what people read', async () => {
    const given = async (minify: boolean) => {
      const { code } = await emitModule(elaboration!, { target: 'webgpu', minify });
      const texts: string[] = [];
      const { createTrainer } = (await importModule(code)) as { createTrainer(options: object): Promise<unknown> };
      await expect(createTrainer({ gpu: collectShaders(texts) })).rejects.toThrow('no pipelines');
      return texts;
    };
    const [readable, packed] = [await given(false), await given(true)];
    expect(packed.length).toBeGreaterThan(20);
    const bare = (text: string) => text.replace(/^ *\/\/.*\n/gm, '').replace(/^ +/gm, '');
    // What is of no network is the runtime's, as it is.
    expect(packed.map(bare)).toEqual(readable.map(bare));
    expect(packed[0]).toBe(bare(packed[0]!));
  });

  it('make modules hardly larger than those for the processor', async () => {
    const source = readFileSync(new URL('../../examples/lenet.cnn', import.meta.url), 'utf8');
    const lenet = compileSource(source, 'lenet.cnn').elaboration!;
    const options = { minify: true, program: false };
    const [device, processor] = [
      await emitModule(lenet, { ...options, target: 'webgpu' }),
      await emitModule(lenet, { ...options, target: 'wasm' }),
    ];
    const size = (code: string) => Buffer.byteLength(code);
    expect(size(device.code)).toBeLessThan(1.2 * size(processor.code));
  });

  it('are no part of other modules', async () => {
    const { code } = await emitModule(elaboration!, { target: 'wasm', program: false });
    expect(code).not.toMatch(/requestAdapter|CNN416|@compute/);
  });

  it('make a module that tells its types, and does not start as a program', async () => {
    const { code, declarations } = await emitModule(elaboration!, { target: 'webgpu' });
    expect(declarations).toContain('createTrainer(options?: DeviceOptions): Promise<DeviceTrainer>');
    expect(code).not.toContain('cnncStart');
  });
});
