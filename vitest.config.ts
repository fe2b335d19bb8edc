import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
// @ts-expect-error plain JavaScript shared with build.mjs
import { viteRuntime } from './runtime-plugin.mjs';

export default defineConfig({
  plugins: [viteRuntime],
  // On two cores vitest would leave one to itself.
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, maxWorkers: Math.max(2, availableParallelism() - 1) },
});
