/** @file A folder for what tests make once in a run: beside esbuild, which the program of the command line imports. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url));

export default function setup(project) {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'cnnc-run-'));
  process.env.CNNC_BUNDLES = folder;
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Whoever watches has changed a source.
  project.onTestsRerun(() => {
    remove();
    mkdirSync(folder);
  });
  return remove;
}
