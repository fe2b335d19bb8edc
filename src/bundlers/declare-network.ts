/**
 * @file `net.cnn.d.ts` beside `net.cnn`: the types of what it exports, for editors and the type check. TypeScript finds it for
 * `import … from './net.cnn'`.
 */
import { readFile, writeFile } from 'node:fs/promises';

const MARK = '// Made of the network beside it, whenever that is bundled. Changes are lost.\n';

/** A file that somebody else wrote stays, and one that says the same is not touched. Returns what stands in the way. */
export async function declareNetwork(file: string, declarations: string): Promise<string | undefined> {
  const path = `${file}.d.ts`;
  const text = MARK + declarations;
  const earlier = await readFile(path, 'utf8').catch(() => undefined);
  if (earlier === text) return undefined;
  if (earlier !== undefined && !earlier.startsWith(MARK))
    return `${path} was not made of the network, and stays as it is; without it the network declares its own types`;
  try {
    await writeFile(path, text);
    return undefined;
  } catch (error) {
    return `${path} cannot be written: the system says ${(error as NodeJS.ErrnoException).code}; \`types: false\` writes none`;
  }
}
