/** @file The binaries of the examples are valid, by wabt's judgement, and one small kernel shows what they are made of. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import type { TargetTraits } from '../../src/loop/schedule.ts';
import { planModule } from '../../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../../src/plan/program-graphs.ts';
import { type CompiledWasm, compileWasm } from '../../src/targets/wasm/compile-module.ts';
import { fuseMultiplyAdd } from '../../src/targets/wasm/fuse-multiply-add.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { disassemble } from '../support/wabt.ts';

const examples = readdirSync('examples').filter((name) => name.endsWith('.cnn'));

function compile(source: string, traits: TargetTraits, shared = false): CompiledWasm {
  const { elaboration, diagnostics } = compileSource(source, 'test.cnn');
  if (!elaboration) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const plan = planModule({
    elaboration,
    programs: TRAINER_PROGRAMS,
    target: { traits, threads: false },
    maxBatch: 64,
  });
  return compileWasm([plan.programs.train.lowered, plan.programs.evaluate.lowered], plan.memoryLength, shared);
}

const count = (lines: readonly string[], instruction: string) => lines.filter((line) => line === instruction).length;

describe.each(examples)('%s', (name) => {
  const source = readFileSync(`examples/${name}`, 'utf8');

  it.each([
    ['one vector', { ...WASM_TRAITS, lanes: 4, registersPerVarying: 1 }],
    ['two vectors', WASM_TRAITS],
  ] as const)('of %s is valid, plain and fused', (_, traits) => {
    const { bytes, fusible } = compile(source, traits);
    const plain = disassemble(bytes);
    const fused = disassemble(fuseMultiplyAdd(bytes, fusible));
    expect(fusible.length).toBeGreaterThan(0);
    expect(count(plain, 'f32x4.relaxed_madd')).toBe(0);
    expect(count(fused, 'f32x4.relaxed_madd')).toBe(fusible.length);
    expect(count(fused, 'f32x4.mul')).toBe(count(plain, 'f32x4.mul') - fusible.length);
    expect(count(fused, 'f32x4.add')).toBe(count(plain, 'f32x4.add') - fusible.length);
  });

  it('is valid over shared memory', () => {
    const lines = disassemble(compile(source, WASM_TRAITS, true).bytes);
    expect(lines.join('\n')).toMatch(/\(memory .* shared\)/);
  });
});

const DENSE = `network Tiny() {
  input  image: [6]
  target wanted: [4]
  y = image -> dense(4)
  loss mse(y, wanted)
  output y
}
train Tiny { optimizer sgd(lr: 0.1) }`;

/** The innermost loop of the first kernel that multiplies by weights in one. */
function innermostLoop(lines: readonly string[]): string[] {
  for (const [end, line] of lines.entries()) {
    if (!line.startsWith('br_if')) continue;
    const begin = lines.slice(0, end).findLastIndex((other) => other.startsWith('loop'));
    const loop = lines.slice(begin, end + 2).map((other) => other.replace(/ +;;.*| \(;.*;\)/, ''));
    if (loop.includes('v128.load32_splat')) return loop;
  }
  return [];
}

describe('a dense layer of 6 inputs and 4 units, one vector per value', () => {
  const { bytes, fusible } = compile(DENSE, {
    ...WASM_TRAITS,
    lanes: 4,
    accumulators: 4,
    registersPerVarying: 1,
    unrollBudget: 4,
  });

  it('keeps four sums in locals, loads each input once, and steps two addresses', async () => {
    const loop = innermostLoop(disassemble(bytes));
    expect(loop.length).toBeLessThan(60);
    await expect(`${loop.join('\n')}\n`).toMatchFileSnapshot('dense-inner-loop.wat');
  });

  it('is fused in place: every multiply becomes three nops, its add a multiply-add', () => {
    const loop = innermostLoop(disassemble(bytes)).join('\n');
    const fused = innermostLoop(disassemble(fuseMultiplyAdd(bytes, fusible))).join('\n');
    const wanted = loop.replaceAll('f32x4.mul', 'nop\nnop\nnop').replaceAll('f32x4.add', 'f32x4.relaxed_madd');
    expect(fused).toBe(wanted);
  });
});

it.each([
  ['dense(4)', 0],
  ['dense(4) -> sigmoid', 1],
  ['dense(4) -> tanh', 2],
  ['dense(4) -> softplus -> gelu', 3],
])('%s needs %i functions of mathematics, and has no others', (layers, wanted) => {
  const functionsOf = (text: string) =>
    disassemble(compile(DENSE.replace('dense(4)', text), WASM_TRAITS).bytes).filter((line) =>
      /^\(func .*\(param v128\) \(result v128\)/.test(line),
    ).length;
  expect(functionsOf(layers)).toBe(wanted);
});
