import { defineConfig } from 'vitest/config';

/** `npm run oracle`: makes the stored numbers again, where there is PyTorch to make them with. */
export default defineConfig({ test: { include: ['test/oracle/*.oracle.ts'], testTimeout: 600_000 } });
