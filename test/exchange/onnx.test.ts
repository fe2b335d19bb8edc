/**
 * @file ONNX files: what others write is read, what is written is read by others, and records survive the way there and
 * back. A damaged file is a diagnostic, at once.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { ELEMENTS } from '../../src/exchange/onnx/elements.ts';
import {
  ATTRIBUTE,
  ATTRIBUTES,
  GRAPH,
  MODEL,
  NODE,
  type OnnxModel,
  type OnnxTensor,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from '../../src/exchange/onnx/messages.ts';
import { readModel, writeModel } from '../../src/exchange/onnx/model-file.ts';
import { externalPlace, tensorOf, tensorValues } from '../../src/exchange/onnx/tensors.ts';
import {
  bytes,
  double,
  type Field,
  filled,
  float,
  int,
  type Kind,
  long,
  type Message,
  readMessage,
  text,
  writeMessage,
} from '../../src/exchange/protobuf.ts';
import { runOnnx } from '../support/onnx-runtime.ts';

const exported = new Uint8Array(readFileSync(new URL('onnx/torch.onnx', import.meta.url)));

const problemOf = (run: () => unknown): { readonly code: string; readonly message: string } => {
  try {
    run();
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostic;
    throw error;
  }
  return { code: 'none', message: '' };
};

const codeOf = (run: () => unknown): string => problemOf(run).code;

const rank4 = (sizes: readonly (number | string)[]) =>
  filled(TYPE, {
    tensor: filled(TENSOR_TYPE, {
      element: 1,
      shape: filled(SHAPE, { dimensions: sizes.map((size) => (typeof size === 'string' ? { name: size } : { size })) }),
    }),
  });

/** y = relu(x + bias) */
const small = filled(MODEL, {
  irVersion: 8,
  producerName: 'test',
  opsets: [filled(OPSET, { version: 17 })],
  graph: filled(GRAPH, {
    name: 'small',
    inputs: [filled(VALUE, { name: 'x', type: rank4(['batch', 2]) })],
    outputs: [filled(VALUE, { name: 'y', type: rank4(['batch', 2]) })],
    initializers: [tensorOf('bias', [2], Float32Array.of(1, -2))],
    nodes: [
      filled(NODE, { opType: 'Add', inputs: ['x', 'bias'], outputs: ['sum'] }),
      filled(NODE, {
        opType: 'LeakyRelu',
        inputs: ['sum'],
        outputs: ['y'],
        attributes: [filled(ATTRIBUTES, { name: 'alpha', type: ATTRIBUTE.float, float: 0.5 })],
      }),
    ],
  }),
});

it('reads what PyTorch writes, and writes the same bytes', () => {
  const model = readModel(exported);
  expect([model.producerName, model.irVersion, model.opsets]).toEqual(['pytorch', 7, [{ domain: '', version: 13 }]]);
  expect(model.graph.nodes.map(({ opType }) => opType)).toEqual([
    'Conv',
    'Constant',
    'Constant',
    'Clip',
    'MaxPool',
    'Flatten',
    'Gemm',
  ]);
  expect(model.graph.inputs[0]!.type!.tensor!.shape!.dimensions).toEqual([
    { name: 'batch' },
    { size: 1 },
    { size: 4 },
    { size: 4 },
  ]);
  const weight = tensorValues(model.graph.initializers.find(({ name }) => name === '5.weight')!);
  expect([weight.type, weight.shape, weight.data.length]).toEqual(['float', [3, 8], 24]);
  expect(model.graph.nodes[0]!.attributes.find(({ name }) => name === 'pads')!.ints).toEqual([1, 1, 1, 1]);
  expect(Buffer.compare(writeModel(model), exported)).toBe(0);
});

it('writes what ONNX Runtime reads', async () => {
  const { y } = await runOnnx(writeModel(small), { x: { shape: [2, 2], data: [0, 4, -3, 1] } });
  expect([y!.shape, Array.from(y!.data)]).toEqual([
    [2, 2],
    [1, 2, -1, -0.5],
  ]);
});

describe('records', () => {
  const scalars = new Map<Kind<unknown>, fc.Arbitrary<unknown>>([
    [int as Kind<unknown>, fc.maxSafeInteger()],
    [long as Kind<unknown>, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    [float as Kind<unknown>, fc.float()],
    [double as Kind<unknown>, fc.double()],
    [text as Kind<unknown>, fc.string({ unit: 'binary', maxLength: 200 })],
    [bytes as Kind<unknown>, fc.uint8Array({ maxLength: 200 })],
  ]);

  /** Any record of a message; deep ones become rare. */
  function arbitrary(message: Message<unknown>, depth: number): fc.Arbitrary<unknown> {
    const fields = Object.entries(message.fields as Record<string, Field<unknown>>).map(([name, field]) => {
      const { kind, times } = field;
      const inner = kind.message?.();
      if (inner && depth === 0) return [name, fc.constant(times === 'many' ? [] : undefined)] as const;
      const value = inner ? arbitrary(inner, depth - 1) : scalars.get(kind as Kind<unknown>)!;
      const most = inner ? 2 : 4;
      if (times === 'many') return [name, fc.array(value, { maxLength: most })] as const;
      return [name, times === 'maybe' ? fc.option(value, { nil: undefined }) : value] as const;
    });
    return fc
      .record(Object.fromEntries(fields))
      .map((found) => Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)));
  }

  it('are the same when they have been written and read', () => {
    fc.assert(
      fc.property(arbitrary(MODEL as Message<unknown>, 3), (item) => {
        expect(readMessage(MODEL, writeMessage(MODEL, item as OnnxModel))).toEqual(item);
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it('keep the ends of ranges', () => {
    const ints = [2 ** 63, -(2 ** 63), -1];
    const longs = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -1n];
    const shape = { shape: ints, longs };
    expect(readMessage(TENSOR, writeMessage(TENSOR, filled(TENSOR, shape)))).toMatchObject(shape);
  });

  it('may have fields that nobody knows, and numbers packed or not', () => {
    const unpacked = Uint8Array.of(0x38, 5, 0x38, 0x7f, 0x25, 0, 0, 128, 63, 0xfa, 0x3f, 2, 9, 9, 0xf8, 0x3f, 1);
    expect(readMessage(TENSOR, unpacked)).toMatchObject({ longs: [5n, 127n], floats: [1] });
    expect(readMessage(TENSOR, Uint8Array.of(0x0a, 2, 3, 4))).toMatchObject({ shape: [3, 4] });
  });
});

describe('damaged files', () => {
  it('are refused or read, whatever was changed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(exported, writeModel(small)),
        fc.array(fc.tuple(fc.nat(1e6), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(1e6), { nil: undefined }),
        (file, changes, cut) => {
          const damaged = file.slice(0, cut === undefined ? file.length : cut % file.length);
          for (const [at, byte] of changes) damaged[at % file.length] = byte;
          const code = codeOf(() => {
            for (const tensor of readModel(damaged).graph.initializers) tensorValues(tensor);
          });
          expect(['none', 'CNN4302', 'CNN4303']).toContain(code);
        },
      ),
      { numRuns: 2000, seed: 6 },
    );
  });

  it('are named when they are cut off, of another kind, or empty', () => {
    for (const file of [exported.slice(0, 700), new TextEncoder().encode('<!DOCTYPE html>'), new Uint8Array(0)])
      expect(codeOf(() => readModel(file))).toBe('CNN4302');
  });

  it('that nest for ever or hold millions of nothings are refused at once', () => {
    let graph = filled(GRAPH, {});
    for (let k = 0; k < 40; k++) {
      const attribute = filled(ATTRIBUTES, { name: 'body', type: ATTRIBUTE.graph, graph });
      graph = filled(GRAPH, { nodes: [filled(NODE, { opType: 'If', attributes: [attribute] })] });
    }
    const deep = problemOf(() => readModel(writeModel({ ...small, graph })));
    expect(deep.message).toContain('more than 100 deep');
    const many = new Uint8Array(3_000_007);
    many.set([8, 8, 0x3a, 0xc0, 0x8d, 0xb7, 0x01]);
    for (let k = 7; k + 1 < many.length; k += 2) many[k] = 0x0a;
    expect(problemOf(() => readModel(many)).message).toContain('more than 1000000 records');
  });
});

describe('tensors', () => {
  const tensor = (given: Partial<OnnxTensor>) => filled(TENSOR, { name: 't', shape: [2], ...given });
  const numberOf = (type: string) => ELEMENTS.find((element) => element.type === type)!.number;

  /** Patterns of bits and their meaning, from the tables of the specification. */
  it.each([
    ['float', [0, 0, 128, 63, 0, 0, 0, 192], [1, -2]],
    ['uint8', [1, 255], [1, 255]],
    ['int8', [1, 255], [1, -1]],
    ['uint16', [1, 0, 255, 255], [1, 65535]],
    ['int16', [1, 0, 255, 255], [1, -1]],
    ['int32', [1, 0, 0, 0, 255, 255, 255, 255], [1, -1]],
    ['int64', [1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255], [1n, -1n]],
    ['bool', [1, 0], [1, 0]],
    ['float16', [0, 0x3c, 0xff, 0xfb], [1, -65504]],
    ['double', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0], [1, -2]],
    ['uint32', [1, 0, 0, 0, 255, 255, 255, 255], [1, 4294967295]],
    ['uint64', [1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255], [1n, 2n ** 64n - 1n]],
    ['bfloat16', [0x80, 0x3f, 0, 0xc0], [1, -2]],
    ['float8e4m3fn', [0x7e, 0x81], [448, -(2 ** -9)]],
    ['float8e4m3fnuz', [0x7f, 0x81], [240, -(2 ** -10)]],
    ['float8e5m2', [0x7b, 0xfc], [57344, Number.NEGATIVE_INFINITY]],
    ['float8e5m2fnuz', [0x7f, 0x80], [57344, Number.NaN]],
    ['uint4', [0xf1], [1, 15]],
    ['int4', [0xf1], [1, -1]],
    ['float4e2m1', [0xf1], [0.5, -6]],
  ] as const)('of %s have their values, raw and in a list', (type, raw, values) => {
    const number = numberOf(type);
    const found = tensorValues(tensor({ type: number, raw: Uint8Array.from(raw) }));
    expect([found.type, Array.from(found.data as never)]).toEqual([type, values]);
    const wide = !/^b?float\d|int4/.test(type);
    const list = ELEMENTS.find((element) => element.type === type)!.list;
    const patterns = /float16/.test(type) ? Array.from(new Uint16Array(Uint8Array.from(raw).buffer)) : raw;
    const entries = wide ? values.map((value) => (/^uint(32|64)/.test(type) ? BigInt(value) : value)) : patterns;
    expect(Array.from(tensorValues(tensor({ type: number, [list]: entries })).data as never)).toEqual(values);
  });

  it('that do not fit their shape, are no numbers or lie elsewhere are refused', () => {
    const float = { type: 1, raw: new Uint8Array(8) };
    expect(codeOf(() => tensorValues(tensor({ ...float, shape: [3] })))).toBe('CNN4303');
    expect(codeOf(() => tensorValues(tensor({ ...float, shape: [-2] })))).toBe('CNN4303');
    expect(codeOf(() => tensorValues(tensor({ ...float, shape: [2 ** 40, 2 ** 40] })))).toBe('CNN4303');
    expect(codeOf(() => tensorValues(tensor({ type: 1, floats: [1] })))).toBe('CNN4303');
    expect(codeOf(() => tensorValues(tensor({ type: 8, texts: ['a', 'b'] })))).toBe('CNN4303');
    expect(codeOf(() => tensorValues(tensor({ type: 14, raw: new Uint8Array(16) })))).toBe('CNN4303');
    const external = [
      { key: 'location', value: 'm.data' },
      { key: 'offset', value: '4096' },
    ];
    const outside = tensor({ type: 1, location: 1, external });
    expect(externalPlace(outside)).toEqual({ location: 'm.data', offset: 4096 });
    expect(codeOf(() => tensorValues(outside))).toBe('CNN4303');
    expect(tensorValues(outside, () => Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 0)).data).toEqual(Float32Array.of(1, 0));
    for (const value of ['../secret', '/etc/passwd', 'a/../../b', '', 'C:\\x'])
      expect(
        codeOf(() => externalPlace(tensor({ type: 1, location: 1, external: [{ key: 'location', value }] }))),
      ).toBe('CNN4303');
  });
});
