/** @file The package itself: what `npm ci` needs of the lock file on every platform. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const locked: Readonly<Record<string, LockedPackage>> = read('package-lock.json').packages;

/** Where Node would look for a package that the one in `folder` imports. */
function isLocked(folder: string, name: string): boolean {
  for (let from = folder; ; from = from.slice(0, Math.max(from.lastIndexOf('/node_modules/'), 0))) {
    if (`${from && `${from}/`}node_modules/${name}` in locked) return true;
    if (from === '') return false;
  }
}

function wantedBy({ peerDependenciesMeta = {}, ...item }: LockedPackage): string[] {
  const peers = Object.keys(item.peerDependencies ?? {}).filter((name) => !peerDependenciesMeta[name]?.optional);
  const own = [item.dependencies, item.optionalDependencies, item.devDependencies];
  return [...own.flatMap((names) => Object.keys(names ?? {})), ...peers];
}

it('the lock file holds every package, those of other platforms too', () => {
  const missing = Object.entries(locked).flatMap(([folder, item]) =>
    wantedBy(item).flatMap((name) => (isLocked(folder, name) ? [] : [`${folder || 'package.json'} needs ${name}`])),
  );
  expect(missing).toEqual([]);
  expect(Object.keys(locked).filter((folder) => /cli-(darwin|win32|linux)/.test(folder)).length).toBeGreaterThan(5);
});

it('the lock file is that of package.json', () => {
  const { dependencies, devDependencies } = read('package.json');
  expect(locked['']).toMatchObject({ dependencies, devDependencies });
});
