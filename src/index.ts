/** @file The compiler as a library: text in, diagnostics, models and trainer modules out. */
export { checkGradients } from './check/check-gradients.ts';
export { COMPILER_VERSION } from './common/version.ts';
export { compileSource, type EmitOptions, type EmittedModule, emitModule } from './compile.ts';
export type { Diagnostic } from './diagnostics/diagnostic.ts';
export { printGraph } from './ir/printer.ts';
export { listPasses } from './passes/pipeline.ts';
export { trainingGraph } from './plan/program-graphs.ts';
export { gradientReport } from './report/gradient-report.ts';
export type { SourceOptions, SourceResult } from './semantics/understand.ts';
export { JS_TRAITS } from './targets/js/target.ts';
