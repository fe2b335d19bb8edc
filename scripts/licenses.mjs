/** @file The licences of the packages that are bundled into `dist`, which ask that their texts go with the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of the packages whose files are in the bundles, by esbuild's account of each. */
export function bundledPackages(metafiles) {
  const files = metafiles.flatMap(({ inputs, outputs }) => {
    const used = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
    return used.flatMap(([file, { bytesInOutput }]) => (file in inputs && bytesInOutput > 0 ? [file] : []));
  });
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/** Packages with the same text share it. A package without a text stops the build. */
export function thirdPartyLicenses(metafiles) {
  const packagesOf = new Map();
  for (const folder of bundledPackages(metafiles)) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((file) => /^licen[cs]e(\.|$)/i.test(file));
    if (!file) throw new Error(`${name} is bundled, but has no file with its licence`);
    const text = readFileSync(join(folder, file), 'utf8').trim();
    packagesOf.set(text, [...(packagesOf.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const sections = [...packagesOf].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return `The files in this folder contain code of these packages.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}
