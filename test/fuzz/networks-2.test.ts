import { test } from 'vitest';
import { checkNetworks } from './networks.ts';

test('random networks, part 2 of 2: compiled, differentiated and trained alike by both targets', () => {
  checkNetworks(2, 2);
}, 36_000_000);
