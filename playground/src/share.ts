/**
 * @file A program in an address: behind `#`, which no server is sent. A digit for the version of the form, then the text,
 * packed by deflate, in letters that addresses may have.
 */

const VERSION = '1';

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const packed = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function lettersOf(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function bytesOf(letters: string): Uint8Array<ArrayBuffer> {
  const text = atob(letters.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** What stands behind `#`. */
export async function packed(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return VERSION + lettersOf(await through(bytes, new CompressionStream('deflate-raw')));
}

/** The program of an address; nothing where it has none, or one that cannot be read. */
export async function unpacked(hash: string): Promise<string | undefined> {
  const form = hash.replace(/^#/, '');
  if (!form.startsWith(VERSION)) return undefined;
  try {
    const bytes = await through(bytesOf(form.slice(1)), new DecompressionStream('deflate-raw'));
    return new TextDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}
