/** @file `node compile-module.mjs FILE.cnn OUT.mjs '{"momentum": 0.9, "maxBatch": 64}'`: a trainer module to be measured. */
import { readFileSync, writeFileSync } from 'node:fs';
import { compiled } from './compiler.mjs';

const [file, output, options] = process.argv.slice(2);
const { momentum, maxBatch } = JSON.parse(options);
const { elaboration, emitModule } = await compiled(readFileSync(file, 'utf8'), file);

/** The update that all contenders make, whatever the file's `train` block says. */
const optimizer = { kind: 'sgd', lr: 0.01, momentum, nesterov: false, weightDecay: 0 };
const settings = { ...elaboration.settings, optimizer };
writeFileSync(output, (await emitModule({ ...elaboration, settings }, { maxBatch })).code);
