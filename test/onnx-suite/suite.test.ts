/** @file `npm run onnx-suite` tells which node tests agree, which differ and which are refused. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TENSOR } from '../../src/exchange/onnx/messages.ts';
import { tensorOf } from '../../src/exchange/onnx/tensors.ts';
import { writeMessage } from '../../src/exchange/protobuf.ts';
import { handMade, node } from '../import/hand-made.ts';
import { runSuite } from './suite.ts';

it('agrees, differs, is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-node-tests-'));
  const values = Float32Array.of(-1, 2, -3, 4, 5, -6);
  const write = (name: string, opType: string, wanted: Float32Array) => {
    const set = join(folder, name, 'test_data_set_0');
    mkdirSync(set, { recursive: true });
    writeFileSync(join(folder, name, 'model.onnx'), handMade({ x: [2, 3] }, [node(opType, ['x'], 'y')]));
    for (const [file, data] of [
      ['input_0.pb', values],
      ['output_0.pb', wanted],
    ] as const)
      writeFileSync(join(set, file), writeMessage(TENSOR, tensorOf('', [2, 3], data), 0));
  };
  write('test_abs', 'Abs', values.map(Math.abs));
  write('test_wrong', 'Neg', values);
  write('test_sequence', 'SequenceConstruct', values);
  try {
    expect(runSuite(folder)).toEqual([
      { name: 'test_abs', outcome: 'agrees', reason: '' },
      { name: 'test_sequence', outcome: 'refused', reason: '`SequenceConstruct`' },
      { name: 'test_wrong', outcome: 'differs', reason: expect.stringMatching(/^differs by 12/) },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
