/**
 * @file Kernels of 256 bits. V8 joins neighbouring operations on 128 bits where a flag allows it, which is an experiment of that
 * engine. Kernels for it have twice as much in their registers, so they are a binary of their own. The flag is set
 * while it is compiled, whole and at once, and not a moment longer. Then all programs run on made-up values, once with either
 * binary: if a single number of the memory differs, the plain one is used. It defines `cnncWide`.
 */
import { TrainerError } from '../data/trainer-error.ts';
import type { Compiled, InstantiateOptions, Phase } from './executable.ts';
import { flag, show, typeName } from './options.ts';
import type { Trainer, TrainerOptions } from './trainer-api.ts';
import type { WideOptions, WideReport, WideTrainer } from './wide-api.ts';

/** Where V8 has what is needed. */
const FIRST_NODE = 24;

const JOINING = 'experimental-wasm-revectorize';
/** All functions at once, by the compiler that joins; off again for what others compile. */
const ON = [`--${JOINING}`, '--no-liftoff', '--no-wasm-lazy-compilation'];
const OFF = [`--no-${JOINING}`, '--liftoff', '--wasm-lazy-compilation'];

interface Flags {
  setFlagsFromString(text: string): void;
}

interface NodeProcess {
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly arch: string;
  readonly execArgv: readonly string[];
  readonly getBuiltinModule?: (name: string) => Flags;
}

/** What sets the flags of the engine, or why nothing can. */
function engineFlags(): Flags | string {
  const { process } = globalThis as { process?: NodeProcess };
  const { node, bun, deno } = process?.versions ?? {};
  if (!node || bun || deno)
    return 'only Node lets a program ask its engine for them; in Chromium they are a flag of the browser, which no page can set';
  if (Number.parseInt(node, 10) < FIRST_NODE) return `Node ${node} does not have them; Node ${FIRST_NODE} does`;
  if (process!.arch !== 'x64') return `engines for ${process!.arch} do not have them`;
  return process!.getBuiltinModule!('node:v8');
}

type Exports = Record<string, (...numbers: number[]) => void>;
type Phases = Readonly<Record<string, readonly (Pick<Phase, 'kind'> & { readonly name: string })[]>>;

export interface WideTry {
  /** All of the memory, which is left as it was. */
  readonly M: Float32Array;
  readonly plain: Exports;
  readonly phases: Phases;
  /** The binary to be joined. */
  readonly load: () => Promise<Uint8Array>;
  readonly link: (module: WebAssembly.Module) => WebAssembly.Instance;
}

export interface WideFound {
  readonly report: WideReport;
  readonly module?: WebAssembly.Module;
  readonly exports?: Exports;
}

/** Compiles what is to be joined, and compares it with the plain kernels. */
export async function tryWide({ M, plain, phases, load, link }: WideTry): Promise<WideFound> {
  const flags = engineFlags();
  const unused = (why: string): WideFound => ({ report: { used: false, message: `no kernels of 256 bits: ${why}` } });
  if (typeof flags === 'string') return unused(flags);
  const module = compileJoined(flags, await load());
  const exports = link(module).exports as Exports;
  const kept = M.slice();
  runOnce(M, plain, phases);
  const expected = M.slice();
  runOnce(M, exports, phases);
  const same = isSame(expected, M);
  M.set(kept);
  if (!same) return unused('this engine computes other numbers with them');
  return { report: { used: true, message: 'kernels of 256 bits, which compute the same numbers' }, module, exports };
}

/** At once, so that nothing else is compiled meanwhile. A flag that was set when Node was started stays. */
function compileJoined(flags: Flags, bytes: Uint8Array): WebAssembly.Module {
  const { execArgv } = (globalThis as unknown as { process: NodeProcess }).process;
  for (const one of ON) flags.setFlagsFromString(one);
  try {
    return new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
  } finally {
    for (const [k, one] of OFF.entries()) if (!execArgv.includes(ON[k]!)) flags.setFlagsFromString(one);
  }
}

/** A block of every program, the update last, on numbers that hardly leave what is finite. */
function runOnce(M: Float32Array, exports: Exports, phases: Phases): void {
  for (let k = 0; k < M.length; k++) M[k] = (Math.imul(k + 1, 0x9e3779b1) >>> 8) / 2 ** 27 - 0.02;
  const programs = Object.keys(phases).sort((a, b) => Number(a === 'update') - Number(b === 'update'));
  for (const program of programs)
    for (const { kind, name } of phases[program]!) exports[name]!(0, 0, kind === 'groups' ? 1 : 0);
}

/** Bit by bit, but for what is no number in either. */
function isSame(a: Float32Array, b: Float32Array): boolean {
  const [bits, others] = [a, b].map(({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length));
  for (let k = 0; k < a.length; k++)
    if (bits![k] !== others![k] && !(Number.isNaN(a[k]) && Number.isNaN(b[k]))) return false;
  return true;
}

type Create = (compiled: Compiled, given?: TrainerOptions) => Promise<Trainer>;
type Instantiate = (
  memory: Float32Array,
  options: InstantiateOptions,
  see: (report: WideReport) => void,
) => ReturnType<Compiled['instantiate']>;

/** The runtime's, which knows nothing of the option. */
export async function createTrainer(create: Create, compiled: Compiled, given?: WideOptions): Promise<WideTrainer> {
  if (typeName(given) !== 'Object') return create(compiled, given);
  const { wide, ...options } = given!;
  if (wide !== undefined && !flag.fits(wide))
    throw new TrainerError('CNN4108', `\`wide\` is ${show(wide)}`, `pass ${flag.wanted}`);
  if (!wide) return create(compiled, options);
  let report: WideReport | undefined;
  const instantiate = (memory: Float32Array, asked: InstantiateOptions) =>
    (compiled.instantiate as Instantiate)(memory, asked, (found) => {
      report = found;
    });
  const trainer = await create({ ...compiled, instantiate }, options);
  return Object.assign(trainer, { wide: report! });
}
