/** @file `cnnc graph FILE -o OUT`: the layers of a network as a picture. */
import { dirname, extname, join } from 'node:path';
import { bytes } from '../../analysis/figure-texts.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import { blocksBelow, closeBlocks, type Picture } from '../../drawing/boxes.ts';
import { dotText, mermaidText } from '../../drawing/graph-texts.ts';
import { pictureOf } from '../../drawing/picture-of.ts';
import { type ColourScheme, svgFile } from '../../drawing/svg.ts';
import { libraryText } from '../../semantics/names/modules.ts';
import { commandDiagnostic } from '../codes.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { GRAPH_FORMATS } from '../forms.ts';
import { pngOf } from '../png.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { writeFiles } from '../write-files.ts';

type Format = (typeof GRAPH_FORMATS)[number];

export interface GraphOptions extends CompileFileOptions {
  /** `-`: standard output. Beside the source if left out. */
  readonly output?: string;
  /** What the end of the name of `output` says if left out, and else SVG. */
  readonly format?: Format;
  /** Blocks within so many others, or more, are one box each. */
  readonly depth?: number;
  /** `false`: equal blocks in a row are drawn one by one. */
  readonly fold?: boolean;
  readonly colors?: ColourScheme;
  readonly input?: ReadonlyMap<string, readonly number[]>;
}

/** Reports CNN4207, CNN4210 and CNN4211. */
export function graph(path: string, options: GraphOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, { ...options, inputs: options.input }, terminal, async ({ elaboration }) => {
    const { depth, fold, output } = options;
    const format = formatOf(options);
    const whole = pictureOf(elaboration.training, { unfolded: fold === false });
    const picture = depth === undefined ? whole : closeBlocks(whole, new Set(blocksBelow(whole.boxes, depth)));
    const content = await drawn(picture, format, options);
    const place = output ?? (path === '-' ? '-' : `${besideOf(path, options)}.${format}`);
    if (place === '-') print(content, terminal);
    else {
      await writeFiles(new Map([[place, content]]));
      const size = bytes(Buffer.byteLength(content));
      terminal.err(`${place}: ${size} for ${elaboration.training.name}\n`);
    }
    return EXIT.success;
  });
}

/** A block has a picture of its name; that of one of the library goes to the current folder. */
function besideOf(path: string, { block }: GraphOptions): string {
  if (block === undefined) return path.replace(/\.cnn$/, '');
  return join(libraryText(path) === undefined ? dirname(path) : '.', block);
}

function formatOf({ output, format }: GraphOptions): Format {
  if (format) return format;
  const end = extname(output ?? '').slice(1);
  if (end === '') return 'svg';
  const found = { gv: 'dot', mermaid: 'mmd' }[end] ?? end;
  if (GRAPH_FORMATS.includes(found as Format)) return found as Format;
  const help = `there are ${GRAPH_FORMATS.map((name) => `.${name}`).join(', ')}; \`--format\` overrides the name`;
  throw new DiagnosticError(commandDiagnostic('CNN4210', `\`.${end}\` is no form of a picture`, help));
}

async function drawn(picture: Picture, format: Format, { colors }: GraphOptions): Promise<string | Uint8Array> {
  if (format === 'dot') return dotText(picture);
  if (format === 'mmd') return mermaidText(picture);
  return format === 'svg' ? svgFile(picture, colors) : pngOf(svgFile(picture, colors ?? 'light'));
}

function print(content: string | Uint8Array, { content: write, out }: Terminal): void {
  if (write) write(content);
  else out(content.toString());
}
