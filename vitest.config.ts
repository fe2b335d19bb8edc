import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
// @ts-expect-error plain JavaScript shared with scripts/build.mjs
import { viteRuntime } from './scripts/runtime-plugin.mjs';

export default defineConfig({
  plugins: [viteRuntime],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // On two cores vitest would leave one to itself.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Files that run after each other share the compiler: nothing in it changes. It saves half of the time for importing it.
    isolate: false,
  },
});
