/**
 * @file Bytes as the shortest text that a string of JavaScript may hold: seven bits in each character of one byte of UTF-8. The few
 * characters that cannot stand in a string, or end a script in a page, are told by a character of two bytes, which has the
 * next seven bits besides. So eight bytes of text hold seven, where base 64 holds six.
 */

import { base64 } from './packed-text.ts';

/** Their numbers, from 1, stand above the next seven bits; 6 would make marks that combine with what is before them. */
export const UNWRITABLE = ['', '\0', '\n', '\r', '"', '\\', '', '<'];

/** What stands for dense text in a string, before `fillDense`: tools that rewrite strings would write its characters out. */
export function densePlace(bytes: Uint8Array): string {
  return `dense:${base64(bytes)}`;
}

/** Of a module as it is written at last. Such a place is passed on with its length; what users name may look like one, and is not. */
export function fillDense(code: string): string {
  return code.replace(/(?<=\()(["'`])dense:([\w+/=]*)\1(?=,\s*\d)/g, (_, __, text: string) => {
    return `"${denseText(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)))}"`;
  });
}

/** What stands between quotation marks. */
export function denseText(bytes: Uint8Array): string {
  const parts: string[] = [];
  let [bits, held, at, left] = [0, 0, 0, 8 * bytes.length];
  const next = () => {
    while (held < 7) {
      bits = ((bits << 8) | (bytes[at++] ?? 0)) & 0xffff;
      held += 8;
    }
    held -= 7;
    left -= 7;
    return (bits >> held) & 127;
  };
  while (left > 0) {
    const character = String.fromCharCode(next());
    const number = UNWRITABLE.indexOf(character);
    parts.push(number < 0 ? character : String.fromCharCode((number << 7) | next()));
  }
  return parts.join('');
}
