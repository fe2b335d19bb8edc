/** @file `cnnc build FILE --inference`: a module that only predicts, with its declarations. */
import { join } from 'node:path';
import { bytes } from '../../analysis/figure-texts.ts';
import { compareRounded } from '../../check/compare-rounded.ts';
import { emitPredictor, type PredictorOptions } from '../../compile.ts';
import { isDevice } from '../../data/write-files.ts';
import type { Renaming } from '../../exchange/weights/rename.ts';
import { type RunRecord, readRecord } from '../../runtime/run-folder.ts';
import type { Elaboration } from '../../semantics/model.ts';
import type { CompileFileOptions } from '../compile-file.ts';
import { weightsReader } from '../read-weights.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { isRun, weightsOfRun, withNetwork } from '../trained.ts';
import { writeFiles } from '../write-files.ts';
import { declarationsPath } from './build.ts';
import { loadDataOf } from './train.ts';

export interface BuildPredictorOptions
  extends CompileFileOptions,
    Pick<PredictorOptions, 'target' | 'minify' | 'batch' | 'weightsAs' | 'threads'> {
  /** `-`: standard output. Beside the source if left out. */
  readonly output?: string;
  /** How pictures of other sizes become images. */
  readonly pictures?: 'cover' | 'contain' | 'stretch';
  /** A file, or the folder of a run; of a run that is built its own unless given. */
  readonly weights?: string;
  readonly map?: readonly Renaming[];
  /** Images on which weights that are rounded are compared with those of the file. */
  readonly data?: string;
}

/** `path`: a network, or the folder of a run. Reports CNN4120 to CNN4122, CNN4129, CNN4140 to CNN4151, CNN4207, CNN4208. */
export function buildPredictor(path: string, options: BuildPredictorOptions, terminal: Terminal): Promise<number> {
  return withNetwork(path, options, terminal, async ({ elaboration, record }) => {
    const started = performance.now();
    const { output = defaultOutput(path), weightsAs, batch, target, minify, threads, pictures } = options;
    const given = options.weights ?? (isRun(path) ? path : undefined);
    const from = given && isRun(given) ? weightsOfRun(given) : given;
    const weights = from === undefined ? undefined : await weightsReader(elaboration, options, terminal).read(from);
    const { code, declarations } = await emitPredictor(elaboration, {
      target,
      minify,
      batch,
      weightsAs,
      threads,
      ...(pictures && { pictures: { resize: pictures } }),
      classNames: await classNames(given, record),
      weights,
    });
    const tell = async () => {
      if (weights && (weightsAs === 'f16' || weightsAs === 'int8'))
        terminal.err(`weights as ${weightsAs}: ${await lossOf({ code, weights }, elaboration, options.data)}\n`);
    };
    if (output === '-') {
      (terminal.content ?? terminal.out)(code);
      await tell();
      return EXIT.success;
    }
    const files = new Map([[output, code]]);
    if (!(await isDevice(output))) files.set(declarationsPath(output), declarations);
    await writeFiles(files);
    const { name } = elaboration.training;
    const holding = from === undefined ? 'without weights: `load` takes them' : `with weights from ${from}`;
    const milliseconds = (performance.now() - started).toFixed(0);
    terminal.err(
      `${output}: ${bytes(Buffer.byteLength(code))} to predict with ${name}, ${holding}, in ${milliseconds} ms\n`,
    );
    await tell();
    return EXIT.success;
  });
}

/** What weights lose by being rounded. */
async function lossOf(
  made: { readonly code: string; readonly weights: Uint8Array },
  elaboration: Elaboration,
  spec: string | undefined,
): Promise<string> {
  const data = spec === undefined ? undefined : await loadDataOf(elaboration, spec);
  const split = data?.test.count ? data.test : data?.train;
  const targets = Object.fromEntries(elaboration.training.targets.map(({ name, type }) => [name, type]));
  const { images, moved, accuracy } = await compareRounded({ ...made, targets }, split);
  const outputs = `outputs move by at most ${percent(moved)} of the largest, of ${images} images`;
  if (!accuracy) return split ? outputs : `${outputs} of noise`;
  return `${outputs}; ${percent(accuracy.after)} are classified rightly, ${percent(accuracy.before)} with those of the file`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 3 : 2)} %`;
}

/** What the data called the classes, in the run that is built or that the weights are of. */
async function classNames(weights: string | undefined, record: RunRecord | undefined) {
  const known = record ?? (weights !== undefined && isRun(weights) ? await readRecord(weights) : undefined);
  return known?.data.classes;
}

function defaultOutput(path: string): string {
  if (path === '-') return '-';
  return isRun(path) ? join(path, 'predict.js') : path.replace(/(\.cnn)?$/, '.predict.js');
}
