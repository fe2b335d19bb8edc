/** @file PNG of SVG, by an optional package. */
import { printable } from '../common/printable.ts';
import { DiagnosticError } from '../diagnostics/diagnostic.ts';
import { commandDiagnostic } from './codes.ts';

/** Dots per inch; an SVG has 72 of them drawn as one pixel each. */
const SHARP_DENSITY = 144;

/** Reports CNN4211. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  const sharp = await import('sharp').catch(() => undefined);
  if (!sharp) {
    const help = '`npm install sharp`, or write an SVG, which browsers show as well';
    throw new DiagnosticError(commandDiagnostic('CNN4211', 'PNG needs the package `sharp`, which is not there', help));
  }
  try {
    return await sharp.default(Buffer.from(svg), { density: SHARP_DENSITY, unlimited: true }).png().toBuffer();
  } catch (error) {
    const help = 'write an SVG, or close blocks with `--depth 1` if the picture is too large';
    const reason = error instanceof Error ? error.message : String(error);
    throw new DiagnosticError(commandDiagnostic('CNN4211', `no PNG could be made: ${printable(reason)}`, help));
  }
}
