import { shorten } from '../common/table.ts';
import type { Terminal } from './terminal.ts';

/** Shown in one place, on a terminal only; an empty text takes it away. */
export function progressLine({ interactive, err, width }: Terminal): (what: string) => void {
  return (what) => {
    if (interactive) err(`\r\x1b[K${shorten(what, width - 1)}`);
  };
}
