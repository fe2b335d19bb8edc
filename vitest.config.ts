import { defineConfig } from 'vitest/config';
// @ts-expect-error plain JavaScript shared with build.mjs
import { viteRuntime } from './runtime-plugin.mjs';

export default defineConfig({
  plugins: [viteRuntime],
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000 },
});
