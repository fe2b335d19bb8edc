/**
 * @file The types of what networks export, for editors and the type check. TypeScript finds `net.cnn.d.ts` for
 * `import … from './net.cnn'`. For an import with options, `'./net.cnn?target=js'`, there is no file that it would look for:
 * `net.cnn.options.d.ts` declares those by their names, and belongs to the files of the project.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';

const MARK = '// Made of the network beside it, whenever that is bundled. Changes are lost.\n';

/**
 * `query`: the options of the import, empty where it has none. A file that somebody else wrote stays, and one that says the same is
 * not touched. Returns what stands in the way.
 */
export async function declareNetwork(file: string, query: string, declarations: string): Promise<string | undefined> {
  const path = query === '' ? `${file}.d.ts` : `${file}.options.d.ts`;
  const earlier = await readFile(path, 'utf8').catch(() => undefined);
  if (earlier !== undefined && !earlier.startsWith(MARK))
    return `${path} was not made of the network, and stays as it is; without it the network declares its own types`;
  const text = query === '' ? MARK + declarations : withOptions(earlier, `*/${basename(file)}?${query}`, declarations);
  if (earlier === text) return undefined;
  try {
    await writeFile(path, text);
    return undefined;
  } catch (error) {
    return `${path} cannot be written: the system says ${(error as NodeJS.ErrnoException).code}; \`types: false\` writes none`;
  }
}

/** The declarations of one import among those of others; each ends with a line that is a brace. */
function withOptions(earlier: string | undefined, name: string, declarations: string): string {
  const head = `declare module '${name.replace(/['\\]/g, '\\$&')}' {\n`;
  const others = (earlier ?? MARK)
    .slice(MARK.length)
    .split(/^(?=declare module )/m)
    .filter((part) => part !== '' && !part.startsWith(head));
  // What is in a declaration is declared.
  const body = declarations.replace(/^export declare /gm, 'export ').replace(/^declare /gm, '');
  return MARK + [...others, `${head}${body.replace(/^(?=.)/gm, '  ')}}\n`].sort().join('');
}
