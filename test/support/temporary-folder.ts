/** @file Folders of tests that are gone when the run has ended, whatever became of the test. */
import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder; `bundles-of-run.mjs` removes it. */
export function temporaryFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  appendFileSync(join(process.env.CNNC_BUNDLES!, 'temporary-folders'), `${folder}\n`);
  return folder;
}
