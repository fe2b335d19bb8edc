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
  type SourceOptions,
  type SourceResult,
  trainingGraph,
} from './compile.ts';
export type { Diagnostic } from './diagnostics/diagnostic.ts';
export { printGraph } from './ir/printer.ts';
