import { test } from 'vitest';
import { checkNetworks } from './networks.ts';

test('random networks, part 1 of 2: compiled, differentiated and trained alike by both targets', () => {
  checkNetworks(1, 2);
}, 36_000_000);
