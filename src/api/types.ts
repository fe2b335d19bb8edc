/**
 * @file The types of the library. They import nothing, so they are all that a user of the package sees of the compiler, and
 * all that is promised: what lies behind them may change.
 */

/** A half-open range of UTF-16 offsets in one file. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** What is wrong with a text, or could be better. */
export interface Diagnostic {
  /** `CNN` and four digits: `explain` says what each means. */
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'advice';
  readonly message: string;
  readonly span?: Span;
  readonly notes: readonly { readonly message: string; readonly span?: Span }[];
  /** `replacement`, for the text of `span`, is there only where it is certain. */
  readonly fix?: { readonly message: string; readonly span?: Span; readonly replacement?: string };
}

/** The text behind a code. */
export interface Explanation {
  readonly severity: Diagnostic['severity'];
  readonly title: string;
  readonly explanation: string;
  /** A short program that is reported, and the same mended. */
  readonly wrong: string;
  readonly right: string;
}

/** A network that was understood: for the other functions. */
export interface Network {
  readonly name: string;
  /** Shapes, channels first. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Without a loss it can be summarised, but not compiled or checked. */
  readonly hasLoss: boolean;
}

export interface CheckOptions {
  /** Name of the text in diagnostics; `network.cnn` unless given. */
  readonly file?: string;
  /** Values of network parameters: `{ n: 5 }`. */
  readonly set?: Readonly<Record<string, number | string | boolean>>;
  /** Which network of the text, if it has several. */
  readonly network?: string;
  /** Shapes in place of those in the text, by the names of the inputs; that of an only input by `''`. */
  readonly inputs?: Readonly<Record<string, readonly number[]>>;
  /**
   * Reads a file that is imported: `specifier` as it is written in the file `from`. Gives its name and text, or says in
   * words what is wrong. Without it only the standard library, `std/…`, can be imported.
   */
  readonly read?: (specifier: string, from: string) => ImportedFile;
  /** A text of definitions without a network is no mistake. */
  readonly library?: boolean;
}

export type ImportedFile =
  | { readonly file: string; readonly text: string }
  | { readonly problem: string; readonly help: string };

export interface Checked {
  /** Errors, warnings and advice, by place. */
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where there are errors. */
  readonly network?: Network;
}

export interface SummaryOptions {
  /** Images a step, for the memory; those of the `train` block unless given. */
  readonly batch?: number;
}

/** The form of `cnnc summary --json`. */
export interface Summary {
  readonly schema: 1;
  readonly network: string;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly totals: {
    readonly parameters: number;
    readonly trainable: number;
    readonly buffers: number;
    /** Multiply-adds of layers with weights, per image. */
    readonly macs: number;
    readonly flops: { readonly forward: number; readonly backward: number; readonly update: number };
    /** Bytes of a module that trains, and of one that only predicts. */
    readonly memory: Memory & { readonly gradients: number; readonly optimizer: number };
    readonly prediction: Memory;
  };
  readonly layers: readonly LayerSummary[];
  /** Images that the memory is for. */
  readonly batch: number;
}

/** In bytes. */
export interface Memory {
  readonly parameters: number;
  readonly activations: number;
  /** The least that activations could take in this order of computing, and where most is needed. */
  readonly live: { readonly bytes: number; readonly at: string };
  readonly peak: number;
}

export interface LayerSummary {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly parameters: number;
  readonly macs: number;
  readonly flops: { readonly forward: number; readonly backward: number };
  /** `[vertical, horizontal]` in pixels of the input, `[length]` of a signal; null where the whole input is seen. */
  readonly receptiveField: {
    readonly size: readonly number[] | null;
    readonly stride: readonly number[] | null;
    readonly padding: readonly number[] | null;
  };
}

export interface CompileOptions {
  /** Form of the kernels: `wasm` unless given. */
  readonly target?: 'wasm' | 'js' | 'webgpu' | 'auto';
  /** The largest batch that the module takes. */
  readonly maxBatch?: number;
  /** `false`: a module that is only imported, not started as a program; it is shorter. */
  readonly program?: boolean;
  /** The module can start itself in a worker: it exports `createTrainerWorker`, too. */
  readonly worker?: boolean;
  /** A second binary of the kernels, for engines that join 128 bits to 256: `createTrainer` takes `wide`, too. */
  readonly wide?: boolean;
  /** TypeScript instead of JavaScript: not together with `minify`. */
  readonly ts?: boolean;
  /** Needs esbuild, and so works in Node only. */
  readonly minify?: boolean;
}

export interface TrainerModule {
  /** One ES module, without dependencies. */
  readonly code: string;
  /** Its `.d.ts`. */
  readonly declarations: string;
  readonly maxBatch: number;
}

export interface GradientOptions {
  /** Elements compared of each parameter, 12 unless given. */
  readonly samples?: number;
  /** Images in the batch, 5 unless given. */
  readonly count?: number;
  /** Of the random inputs. */
  readonly seed?: number;
}

/** A derived gradient against central differences, in f64. */
export interface GradientCheck {
  readonly parameter: string;
  readonly shape: readonly number[];
  /** Elements compared; at kinks, and where nothing is finite, there is nothing to compare with. */
  readonly checked: number;
  readonly kinks: number;
  readonly notFinite: number;
  /** |derived - difference| / the largest gradient of the parameter. */
  readonly relativeError: number;
}
