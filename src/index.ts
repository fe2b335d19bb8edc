/** @file The compiler as a library: text in, diagnostics, models and trainer modules out. */
export {
  COMPILER_VERSION,
  checkGradients,
  compileSource,
  type EmitOptions,
  type EmittedModule,
  emitModule,
  gradientReport,
  JS_TRAITS,
  listPasses,
  trainingGraph,
} from './compile.ts';
export type { Diagnostic } from './diagnostics/diagnostic.ts';
export { printGraph } from './ir/printer.ts';
export type { SourceOptions, SourceResult } from './semantics/understand.ts';
