import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
// @ts-expect-error plain JavaScript shared with scripts/build.mjs
import { viteRuntime } from './scripts/runtime-plugin.mjs';
// @ts-expect-error plain JavaScript
import { nativeFiles } from './test/native-files.mjs';
// @ts-expect-error plain JavaScript
import { LongestFirst } from './test/sequencer.mjs';

/** `vitest` alone waits for changes, which it does not see in what is made once, before the tests. */
const isWatching = !process.argv.includes('run');

export default defineConfig({
  plugins: [isWatching ? viteRuntime : nativeFiles],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/bundles-of-run.mjs'],
    testTimeout: 60_000,
    // What a page shows in a moment takes longer while other tests have the cores.
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: LongestFirst },
    hookTimeout: 60_000,
    // On two cores vitest would leave one to itself.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Files that run after each other share the compiler: nothing in it changes. It saves half of the time for importing it.
    isolate: false,
    execArgv: isWatching ? [] : ['--enable-source-maps'],
  },
});
