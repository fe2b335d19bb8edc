import { expect, it } from 'vitest';
import { mutateFiles } from './mutate.ts';

it('damaged files of every kind are refused with a code, or read right: some of `npm run mutate`', async () => {
  const { accepted, refused, compared, failures } = await mutateFiles(120);
  expect(failures).toEqual([]);
  expect(accepted + refused).toBe(120);
  expect(Math.min(accepted, refused, compared)).toBeGreaterThan(10);
}, 120_000);
