/**
 * @file A trainer module to be measured:
 * `node compile-module.mjs FILE.cnn OUT.mjs '{"target": "js", "momentum": 0.9, "maxBatch": 64}'`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { compiled } from './compiler.mjs';

const [file, output, options] = process.argv.slice(2);
const { target, momentum, maxBatch, wide } = JSON.parse(options);
const { elaboration, emitModule } = await compiled(readFileSync(file, 'utf8'), file);

/** The update that all contenders make, whatever the file's `train` block says. */
const optimizer = { kind: 'sgd', lr: 0.01, momentum, nesterov: false, weight_decay: 0 };
const settings = { ...elaboration.settings, optimizer };
const { code } = await emitModule({ ...elaboration, settings }, { target, maxBatch, wide });
if (code.includes('WebAssembly.instantiate') !== (target === 'wasm'))
  throw new Error(`this is no module for ${target}`);
writeFileSync(output, code);
