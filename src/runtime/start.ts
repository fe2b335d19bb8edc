/**
 * @file Starts a trainer module as a program. What a program needs beside the trainer, the readers of data above all, is
 * longer than the rest of the runtime and of no use to a page or to those who import the module. So a module carries it
 * compressed, and unpacks it only when it is itself what Node, Deno or Bun was started with.
 */
import { nodeModule } from '../data/node-module.ts';
import type { Compiled } from './executable.ts';

type Main = (compiled: Compiled, moduleUrl: string) => Promise<void>;

/**
 * Whether the module is what Node, Deno or Bun was started with, and not imported by it, by a worker, or bundled into
 * another program: a bundle has the address of the program, but does not export the network.
 */
async function isProgram({ network }: Compiled, moduleUrl: string): Promise<boolean> {
  const started = globalThis.process?.argv?.[1];
  if (!started || !moduleUrl.startsWith('file:')) return false;
  const { isMainThread } = await nodeModule('worker_threads');
  const { realpath } = await nodeModule('fs/promises');
  const { fileURLToPath } = await nodeModule('url');
  // Deno may not let us look: then the names as they are must do.
  const path = (name: string) => realpath(name).catch(() => realpath(`${name}.js`).catch(() => name));
  if (!isMainThread || (await path(started)) !== (await path(fileURLToPath(moduleUrl)))) return false;
  return (await import(moduleUrl)).network === network;
}

async function unpack(packed: string, runtime: object): Promise<Main> {
  const { brotliDecompressSync } = await nodeModule('zlib');
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return new Function('cnncRuntime', new TextDecoder().decode(brotliDecompressSync(bytes)))(runtime);
}

/** `runtime`: what the program shares with the trainer, by the names that `entry.ts` exports. */
export async function start(runtime: object, compiled: Compiled, moduleUrl: string, packed: string): Promise<void> {
  if (!(await isProgram(compiled, moduleUrl).catch(() => false))) return;
  try {
    const main = await unpack(packed, runtime);
    await main(compiled, moduleUrl);
  } catch (error) {
    // Left to Node it would be told with the line of the module, which may be all of it.
    console.error(`error: ${(error as Error)?.message ?? error}`);
    process.exitCode = 1;
  }
}
