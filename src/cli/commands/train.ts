/** @file `cnnc train FILE`: compiles in memory and trains, with what a trainer module would do itself. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmitOptions, emitModule, USUAL_BATCH } from '../../compile.ts';
import type { Dataset } from '../../data/dataset.ts';
import { readBytes } from '../../data/files.ts';
import { loadData } from '../../data/load-data.ts';
import { writeFiles } from '../../data/write-files.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import type { EpochResult, FitOptions } from '../../runtime/fit.ts';
import { describeEpoch, describeTest } from '../../runtime/program.ts';
import type { Trainer } from '../../runtime/trainer.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { commandDiagnostic } from '../codes.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { loadModule } from '../load-module.ts';
import { metricsTable } from '../metrics-table.ts';
import { ProgressBar } from '../progress-bar.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { type TunedBuild, tunedOptions } from '../tuning/use-tuning.ts';

export interface TrainOptions extends CompileFileOptions, TunedBuild, Pick<FitOptions, 'epochs' | 'batch' | 'lr'> {
  readonly data?: string;
  readonly seed?: number;
  readonly threads?: number;
  /** The folder of the checkpoint. */
  readonly out?: string;
  readonly resume?: boolean;
}

const CHECKPOINT = 'checkpoint.safetensors';

/** Ctrl-C ends it after the current step, with exit status 130. Reports CNN41xx, CNN4206 and CNN4208. */
export function train(path: string, options: TrainOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, options, terminal, async ({ elaboration }) => {
    const { settings, training } = elaboration;
    if (options.resume) await requireCheckpoint(options);
    const inputs = Object.fromEntries(training.inputs.map(({ name, shape }) => [name, shape]));
    const targets = Object.fromEntries(training.targets.map(({ name, type }) => [name, type]));
    const data = await loadData(options.data ?? settings.data, { network: { inputs, targets } });
    const trainer = await prepareTrainer(
      elaboration,
      options,
      await tunedOptions(path, elaboration, options, terminal),
    );
    if (options.resume) trainer.load(await readBytes(checkpointOf(options)!));
    terminal.err(introduction(elaboration, data, options));
    return new Run(trainer, data, options, terminal).run(settings.epochs);
  });
}

async function prepareTrainer(elaboration: Elaboration, options: TrainOptions, tuned: EmitOptions): Promise<Trainer> {
  // Left to the compiler, the largest batch that fits, up to the usual one, is planned for.
  const maxBatch = options.batch !== undefined && options.batch > USUAL_BATCH ? options.batch : undefined;
  const { code } = await emitModule(elaboration, { ...tuned, maxBatch });
  const { createTrainer } = await loadModule(code);
  return createTrainer({ seed: options.seed, threads: options.threads });
}

function introduction({ training, settings, states }: Elaboration, data: Dataset, options: TrainOptions): string {
  const { train, test } = data;
  const learns = states.some(({ role, trainable }) => role === 'parameter' && trainable);
  const nothing = learns
    ? ''
    : `${training.name} has no parameters: there is nothing to learn, only the loss is measured\n`;
  const name = options.data ?? settings.data;
  return `training ${training.name} on ${name}: ${train.count} images to learn, ${test.count} to test\n${nothing}`;
}

function checkpointOf({ out }: TrainOptions): string | undefined {
  return out === undefined ? undefined : join(out, CHECKPOINT);
}

/** Before anything that takes time. */
async function requireCheckpoint(options: TrainOptions): Promise<void> {
  const path = checkpointOf(options);
  const exists =
    path !== undefined &&
    (await access(path).then(
      () => true,
      () => false,
    ));
  if (exists) return;
  const message = `there is no \`${path}\``;
  throw new DiagnosticError(commandDiagnostic('CNN4206', message, 'name the folder of the run with `--out`'));
}

class Run {
  readonly #bar: ProgressBar;
  readonly #abort = new AbortController();
  #last: EpochResult | undefined;
  #planned = 0;

  constructor(
    readonly trainer: Trainer,
    readonly data: Dataset,
    readonly options: TrainOptions,
    readonly terminal: Terminal,
  ) {
    this.#bar = new ProgressBar(terminal);
  }

  async run(epochs: number): Promise<number> {
    this.#planned = this.options.epochs ?? epochs;
    const interrupt = () => this.#abort.abort();
    // The second Ctrl-C kills, as ever.
    process.once('SIGINT', interrupt);
    try {
      await this.#epochs();
    } finally {
      process.off('SIGINT', interrupt);
      this.#bar.clear();
    }
    if (this.#abort.signal.aborted) return this.#interrupted();
    await this.#conclude();
    return EXIT.success;
  }

  async #epochs(): Promise<void> {
    const { epochs, batch, lr } = this.options;
    const onProgress: FitOptions['onProgress'] = (progress) => {
      this.#planned = progress.epochs;
      this.#bar.update(progress);
    };
    const results = this.trainer.fit(this.data, { epochs, batch, lr, signal: this.#abort.signal, onProgress });
    for await (const result of results) {
      this.#last = result;
      this.#bar.clear();
      const { json } = this.options;
      this.terminal.out(json ? `${JSON.stringify(result)}\n` : `${describeEpoch(result, this.#planned)}\n`);
      await this.#save();
    }
  }

  async #save(): Promise<void> {
    const path = checkpointOf(this.options);
    if (path) await writeFiles(new Map([[path, this.trainer.save()]]));
  }

  async #interrupted(): Promise<number> {
    await this.#save();
    const { out } = this.options;
    this.terminal.err(
      out === undefined
        ? 'interrupted; nothing is kept, because no folder was given with --out\n'
        : `interrupted; \`${checkpointOf(this.options)}\` is saved, --out ${out} --resume continues there\n`,
    );
    return EXIT.interrupted;
  }

  /** The test metrics, from the last epoch or, where none was left to train, measured now. */
  async #conclude(): Promise<void> {
    const { count } = this.data.test;
    const last = this.#last;
    const correct = last?.testAccuracy === undefined ? {} : { correct: last.testAccuracy * count };
    const measured = last && { loss: last.testLoss, count, ...correct, metrics: last.testMetrics };
    const test = measured ?? (await this.trainer.test(this.data.test));
    if (this.options.json) return;
    this.terminal.out(`${describeTest(test)}\n${metricsTable(test.metrics ?? {}, this.data.classes)}`);
  }
}
