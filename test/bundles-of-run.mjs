/**
 * @file A folder for what tests make once in a run: beside esbuild, which the program of the command line imports. It has the
 * list of the temporary folders, too, which go with it.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url));

export default function setup(project) {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'cnnc-run-'));
  process.env.CNNC_BUNDLES = folder;
  const list = join(folder, 'temporary-folders');
  const remove = () => {
    const temporary = existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n') : [];
    for (const made of [...temporary, folder]) rmSync(made, { recursive: true, force: true });
  };
  // Whoever watches has changed a source.
  project.onTestsRerun(() => {
    remove();
    mkdirSync(folder);
  });
  return remove;
}
