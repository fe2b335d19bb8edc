/** @file Weights that lie in a module as dense text: only modules that have some carry it. It defines `cnncDense`. */
import { UNWRITABLE } from '../common/dense-text.ts';

/** The `length` bytes of a text that `denseText` made. */
export function decode(text: string, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let [bits, held, at] = [0, 0, 0];
  const take = (seven: number) => {
    bits = ((bits << 7) | seven) & 0x7fff;
    held += 7;
    if (held < 8) return;
    held -= 8;
    bytes[at++] = bits >> held;
  };
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    if (code > 127) take(UNWRITABLE[code >> 7]!.charCodeAt(0));
    take(code & 127);
  }
  return bytes;
}
