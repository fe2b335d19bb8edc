/** @file Pages for browsers go to a file, or for `-` to standard output. */
import { bytes } from '../analysis/figure-texts.ts';
import type { Terminal } from './terminal.ts';
import { writeFiles } from './write-files.ts';

/** `about`: what it is of, for the message. Reports CNN4207. */
export async function writePage(place: string, page: string, about: string, terminal: Terminal): Promise<void> {
  if (place === '-') {
    (terminal.content ?? terminal.out)(page);
    return;
  }
  await writeFiles(new Map([[place, page]]));
  terminal.err(`${place}: ${bytes(Buffer.byteLength(page))} for ${about}\n`);
}
