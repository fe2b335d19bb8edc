/** @file The checker of the ONNX project has nothing to say about exported models, their shapes included. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { exportOnnxTraining } from '../../src/export/onnx/training.ts';
import { lenet } from '../cli/networks.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { MIDDLES } from '../support/middles.ts';
import { dataOf, middleNetwork, modelOf } from './onnx-oracle.ts';

const CANDIDATES = [process.env.CNNC_PYTHON, '/usr/bin/python3', 'python3'];

/** A Python that has `onnx`, as Debian's package `python3-onnx` does. */
const python = CANDIDATES.find(
  (path) =>
    path &&
    (!path.startsWith('/') || existsSync(path)) &&
    spawnSync(path, ['-c', 'import importlib.util as u, sys; sys.exit(u.find_spec("onnx") is None)']).status === 0,
);

const SCRIPT = `
import sys
import onnx
for path in sys.argv[1:]:
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
    except Exception as error:
        print(path, error)
`;

it.skipIf(!python)(
  `has nothing to say about any operator, nor about a step of training (${python ?? 'there is no Python with onnx; CNNC_PYTHON names one'})`,
  () => {
    const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.cache', 'cnnc-checker-'));
    try {
      const step = join(folder, 'step.onnx');
      writeFileSync(step, writeModel(exportOnnxTraining(elaborated(lenet)).model));
      const middles = MIDDLES.filter(([name]) => name !== 'sum of all').map((sample, k) => {
        const elaboration = middleNetwork(sample);
        const path = join(folder, `${k}-${sample[0].replaceAll(' ', '-')}.onnx`);
        writeFileSync(path, writeModel(modelOf(elaboration, dataOf(elaboration))));
        return path;
      });
      const { stdout, stderr, status } = spawnSync(python!, ['-c', SCRIPT, step, ...middles], { encoding: 'utf8' });
      expect([status, stdout], stderr).toEqual([0, '']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
