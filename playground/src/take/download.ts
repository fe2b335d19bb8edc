/** @file A file that the page has made, for the browser to save. */
import { element } from '../../../src/pages/report/dom.ts';

export function download(name: string, content: string | Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
  element('a', { href: url, download: name }).click();
  // The browser may read it a little later.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
