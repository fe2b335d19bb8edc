import { test } from 'vitest';
import { checkNetworks } from './networks.ts';

test('random networks, part 1 of 4: compiled, differentiated and trained alike by both targets', () => {
  checkNetworks(1, 4);
}, 36_000_000);
