/** @file `cnnc build FILE -o OUT.js`: the trainer module and its declarations. */
import { realpath } from 'node:fs/promises';
import { bytes } from '../../analysis/figure-texts.ts';
import { emitModule } from '../../compile.ts';
import { isDevice } from '../../data/write-files.ts';
import { roomOf, usualBatch } from '../../plan/fit-memory.ts';
import { commandDiagnostic } from '../codes.ts';
import { type CompiledFile, type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { EXIT, reportDiagnostics } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { type TunedBuild, tunedOptions } from '../use-tuning.ts';
import { writeFiles } from '../write-files.ts';

export interface BuildOptions extends CompileFileOptions, TunedBuild {
  /** `-`: standard output. Beside the source if left out. */
  readonly output?: string;
  readonly ts?: boolean;
  readonly minify?: boolean;
  readonly program?: boolean;
  readonly worker?: boolean;
  readonly wide?: boolean;
  readonly maxBatch?: number;
}

/** Reports CNN4205, CNN4207 and CNN4208; the files are written whole or not at all. */
export function build(path: string, options: BuildOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, options, terminal, (file) => emit(file, path, options, terminal));
}

async function emit(file: CompiledFile, path: string, options: BuildOptions, terminal: Terminal): Promise<number> {
  const output = options.output ?? defaultOutput(path, options);
  if (output !== '-' && path !== '-' && (await isSameFile(output, path))) {
    const problem = commandDiagnostic('CNN4205', `\`${output}\` is the source`, 'give the module a name of its own');
    reportDiagnostics([problem], new Map(), terminal);
    return EXIT.failure;
  }
  const started = performance.now();
  const { ts, minify, program, worker, wide, maxBatch } = options;
  const tuned = await tunedOptions(path, file.elaboration, options, terminal);
  const { code, declarations, plan } = await emitModule(file.elaboration, {
    ...tuned,
    ts,
    minify,
    program,
    worker,
    wide,
    maxBatch,
  });
  if (output === '-') {
    (terminal.content ?? terminal.out)(code);
    return EXIT.success;
  }
  const files = new Map([[output, code]]);
  if (!ts && !(await isDevice(output))) files.set(declarationsPath(output), declarations);
  await writeFiles(files);
  const milliseconds = (performance.now() - started).toFixed(0);
  if (maxBatch === undefined && plan.maxBatch < usualBatch(file.elaboration))
    terminal.err(
      `batches of at most ${plan.maxBatch} images: larger ones would need more than ${roomOf(plan) / 2 ** 30} GB\n`,
    );
  const use =
    program === false || options.target === 'webgpu' || options.target === 'auto'
      ? '; it is to be imported, and does nothing when it is started'
      : '';
  terminal.err(
    `${output}: ${bytes(Buffer.byteLength(code))} for ${file.elaboration.training.name}, in ${milliseconds} ms${use}\n`,
  );
  return EXIT.success;
}

/** Also through links. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const paths = await Promise.all([one, other].map((path) => realpath(path).catch(() => undefined)));
  return paths[0] !== undefined && paths[0] === paths[1];
}

function defaultOutput(path: string, { ts }: BuildOptions): string {
  return path === '-' ? '-' : path.replace(/(\.cnn)?$/, ts ? '.ts' : '.js');
}

/** `lenet.js` to `lenet.d.ts`, `lenet.mjs` to `lenet.d.mts`. */
export function declarationsPath(output: string): string {
  const [, stem, kind = ''] = /^(.*?)(?:\.([mc]?)[jt]s)?$/s.exec(output)!;
  return `${stem}.d.${kind}ts`;
}
