import { expect, test } from 'vitest';
import { checkNetworks, mostUnstable } from './networks.ts';

test('random networks, part 2 of 2: compiled, differentiated and trained alike by both targets', async () => {
  const { checked, unstable } = await checkNetworks({ runs: 250, seed: 6, statements: 3 });
  expect(checked).toBe(250);
  expect(unstable).toBeLessThan(mostUnstable(checked));
}, 600_000);
