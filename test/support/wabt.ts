/** @file WebAssembly as text, by wabt: a reader of binaries that shares nothing with our encoder. */
import loadWabt from 'wabt';

const FEATURES = { simd: true, relaxed_simd: true, threads: true, mutable_globals: true, sat_float_to_int: true };

const wabt = await loadWabt();

/** The package's types do not know that `validate` takes features too. */
interface Validating {
  validate(features: typeof FEATURES): void;
}

/** One line per instruction, without indentation. Throws, with wabt's message, when the binary is not valid. */
export function disassemble(bytes: Uint8Array): string[] {
  const module = wabt.readWasm(bytes, FEATURES);
  try {
    (module as unknown as Validating).validate(FEATURES);
    return module
      .toText({ foldExprs: false })
      .split('\n')
      .map((line) => line.trim());
  } finally {
    module.destroy();
  }
}
