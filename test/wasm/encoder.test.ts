/** @file The encoder against wabt: every opcode reads back under its own name, every number as itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeModule, FunctionBuilder, INSTRUCTIONS } from '../../src/targets/wasm/encoder.ts';
import { disassemble } from '../support/wabt.ts';

const UNREACHABLE = 0x00;
/** These open or close something; the tests of kernels have them in their places. */
const STRUCTURAL = new Set(['else', 'end']);

function linesOf(write: (builder: FunctionBuilder) => void): string[] {
  const builder = new FunctionBuilder('f', ['i32']);
  write(builder);
  return disassemble(encodeModule([builder], { exports: [], memoryPages: 1, shared: false }).bytes);
}

describe('instructions', () => {
  it.each(INSTRUCTIONS.filter((name) => !STRUCTURAL.has(name)))('%s', (name) => {
    // Behind `unreachable` the stack holds whatever an instruction takes; a second one swallows what it leaves.
    const lines = linesOf((builder) => {
      builder.code.byte(UNREACHABLE);
      builder.op(name);
      builder.code.byte(UNREACHABLE);
    });
    const at = lines.indexOf('unreachable');
    expect(lines[at + 1]?.replace(/\)+$/, '')).toBe(name);
    expect(lines[at + 2]).toMatch(/^unreachable/);
  });
});

describe('numbers', () => {
  it('signed LEB128', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 20 }), (values) => {
        const edges = [0, -1, 63, 64, -64, -65, 8191, 8192, -8192, -8193, 2 ** 31 - 1, -(2 ** 31)];
        const wanted = [...edges, ...values];
        const lines = linesOf((builder) => {
          for (const value of wanted) {
            builder.integer(value);
            builder.set(0);
          }
        });
        const found = lines.flatMap((line) => /^i32\.const (-?\d+)/.exec(line)?.[1] ?? []);
        expect(found.map(Number)).toEqual(wanted);
      }),
      { numRuns: 50 },
    );
  });

  it('unsigned LEB128', () => {
    const wanted = [0, 1, 127, 128, 16383, 16384, 2 ** 21, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 32 - 1];
    const lines = linesOf((builder) => {
      for (const offset of wanted) {
        builder.get(0);
        builder.get(0);
        builder.load('f32', offset);
        builder.store('f32', 0);
      }
    });
    const found = lines.flatMap((line) => /^f32\.load(?: offset=(\d+))?/.exec(line)?.slice(1) ?? []);
    expect(found.map((text) => Number(text ?? 0))).toEqual(wanted);
  });

  it('declares locals of mixed types where they were asked for', () => {
    const lines = linesOf((builder) => {
      for (const type of ['v128', 'v128', 'i32', 'f32', 'f32', 'v128'] as const) builder.local(type);
    });
    expect(lines.join(' ')).toContain('(local v128 v128 i32 f32 f32 v128)');
  });
});

describe('pairs that may be fused', () => {
  const product = (builder: FunctionBuilder, addend: () => void): void => {
    for (let k = 0; k < 2; k++) {
      builder.float(k);
      builder.op('f32x4.splat');
    }
    const multiply = builder.code.length;
    builder.op('f32x4.mul');
    addend();
    builder.fusible.push([multiply, builder.code.length]);
    builder.op('f32x4.add');
  };
  const zero = (builder: FunctionBuilder) => () => {
    builder.float(0);
    builder.op('f32x4.splat');
  };

  it('point at a multiply and an add', () => {
    const builder = new FunctionBuilder('f', [], 'v128');
    product(builder, zero(builder));
    const { bytes, fusible } = encodeModule([builder], { exports: [], memoryPages: 1, shared: false });
    expect(fusible).toHaveLength(1);
    const [multiply, add] = fusible[0]!;
    expect([...bytes.subarray(multiply, multiply + 3)]).toEqual([0xfd, 0xe6, 0x01]);
    expect([...bytes.subarray(add, add + 3)]).toEqual([0xfd, 0xe4, 0x01]);
  });

  it('ascend, of nested ones only the inner', () => {
    const builder = new FunctionBuilder('f', [], 'v128');
    product(builder, () => product(builder, zero(builder)));
    const { fusible } = encodeModule([builder, builder], { exports: [], memoryPages: 1, shared: false });
    expect(fusible).toHaveLength(2);
    const places = fusible.flat();
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});
