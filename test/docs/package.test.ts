/** @file The package itself: what `npm ci` needs of the lock file on every platform, what is shipped, whose licences. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error plain JavaScript shared with scripts/build.mjs
import { bundledPackages, thirdPartyLicenses } from '../../scripts/licenses.mjs';
import { bundleProgram } from '../support/bundles.ts';
import { root } from './imports.ts';

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
  for (const program of [/cli-(darwin|win32|linux)/, /sharp-(darwin|win32|linux)/])
    expect(Object.keys(locked).filter((folder) => program.test(folder)).length).toBeGreaterThan(5);
});

it('the lock file is that of package.json', () => {
  const { dependencies, optionalDependencies, devDependencies } = read('package.json');
  expect(locked['']).toMatchObject({ dependencies, optionalDependencies, devDependencies });
});

it('ships its documents and exports its description', () => {
  const { files, exports, sideEffects, keywords, author, description } = read('package.json');
  expect(files).toEqual(['dist', 'docs', 'grammar', 'examples', 'CHANGELOG.md']);
  expect(files.filter((file: string) => file !== 'dist' && !existsSync(join(root, file)))).toEqual([]);
  expect(exports['./package.json']).toBe('./package.json');
  expect(sideEffects).toEqual(['./dist/bundlers/register.js']);
  expect([keywords.length > 3, author, description.length > 20]).toEqual([true, 'cnnc contributors', true]);
});

it('names every package that is bundled, with its licence', async () => {
  const metafile = await bundleProgram();
  const packages: string[] = bundledPackages([metafile]);
  const names = packages.map((path) => read(join(path, 'package.json')).name);
  expect(names).toEqual(expect.arrayContaining(['chevrotain', 'commander', 'lodash-es', 'picocolors']));
  for (const outside of ['esbuild', 'sharp']) expect(names).not.toContain(outside);
  const text: string = thirdPartyLicenses([metafile]);
  for (const name of names) expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(.+\\)$`, 'm'));
  for (const words of ['Apache License', 'MIT License', 'ISC License', 'Copyright OpenJS Foundation'])
    expect(text).toContain(words);
});
