/** @file The `device` of a module: its kernels as WGSL, and its programs as lists of them. */
import { kernelsSource } from 'cnnc:runtime';
import { densePlace } from '../../common/dense-text.ts';
import { deflate } from '../../common/packed-text.ts';
import type { LoweredProgram } from '../../plan/lowered-program.ts';
import type { ModulePlan } from '../../plan/plan-module.ts';
import type { PrintOptions } from '../target.ts';
import { deviceProgram, Shaders } from './device-program.ts';
import type { DeviceDispatch, DeviceProgram, PackedKernels } from './device-types.ts';
import { BEGIN, BINDINGS, functionsFor } from './header.ts';

/** Minified, all is packed: their text is long, and says nearly the same again and again. */
export async function printDevice(
  { programs, floatsPerImage }: ModulePlan<never>,
  { minified = false }: PrintOptions = {},
): Promise<string> {
  const shaders = new Shaders();
  const named = Object.entries(programs as Record<string, { lowered: LoweredProgram }>).map(
    ([name, { lowered }]) => [name, deviceProgram(lowered, shaders)] as const,
  );
  const length = Math.max(...named.map(([, program]) => program.length));
  const perImage = Math.floor(floatsPerImage());
  const kernels = minified ? await packKernels(shaders.texts, named) : listKernels(shaders.texts, named);
  return `${minified ? kernelsSource : ''}/** All kernels of the network, for the graphics card: a shader each, over one memory. */
const device = (() => {
${kernels}return { kernels, length: ${length}, perImage: ${perImage} };
})();
`;
}

type Named = readonly (readonly [name: string, program: DeviceProgram])[];

/** A kernel between what it has in common with others. */
function splitShader(text: string): { before: readonly string[]; documentation: string; body: string } {
  const [documentation, body] = text.split(BEGIN) as [string, string];
  return { before: functionsFor(text).map(([name]) => name), documentation, body };
}

const functionsOf = (texts: readonly string[]) => new Map(texts.flatMap((text) => functionsFor(text)));

/** To be read. */
function listKernels(texts: readonly string[], programs: Named): string {
  const print = (text: string) => {
    const { before, documentation, body } = splitShader(text);
    return `${['head', ...before].join(' + ')} + ${quoted(documentation)} + begin + ${quoted(body)},\n`;
  };
  return `const head = ${quoted(BINDINGS)};
const begin = ${quoted(BEGIN)};
${[...functionsOf(texts)].map(([name, source]) => `const ${name} = ${quoted(`${source}\n`)};\n`).join('')}
const shaders = [
${texts.map(print).join('')}];
/** Which kernel, over what, over how many elements, and where in memory. */
const run = (shader, over, size, ...places) => ({ shader, over, size, places });
const programs = {
${programs.map(([name, program]) => `  ${name}: ${printProgram(program)},\n`).join('')}};
const kernels = async () => ({ shaders, programs });
`;
}

/** Deflated, without comments and indentation. */
async function packKernels(texts: readonly string[], programs: Named): Promise<string> {
  const functions = functionsOf(texts);
  const names = ['head', 'begin', ...functions.keys()];
  const packed: PackedKernels = {
    programs: Object.fromEntries(programs),
    parts: [BINDINGS, BEGIN, ...[...functions.values()].map((source) => `${source}\n`)].map(bare),
    shaders: texts.map((text) => {
      const { before, body } = splitShader(text);
      return [...['head', ...before, 'begin'].map((name) => names.indexOf(name)), bare(body)];
    }),
  };
  const bytes = await deflate(new TextEncoder().encode(JSON.stringify(packed)));
  return `const kernels = () => cnncKernels.unpack('${densePlace(bytes)}', ${bytes.length});\n`;
}

/** Without what only people need. */
function bare(text: string): string {
  return text.replace(/^ *\/\/.*\n/gm, '').replace(/^ +/gm, '');
}

function quoted(text: string): string {
  return `\`${text.replace(/[\\`]|\$(?=\{)/g, '\\$&')}\``;
}

function printProgram({ steps, watch, update, groups, inputs, outputs, length }: DeviceProgram): string {
  const list = (dispatches: readonly DeviceDispatch[]) =>
    `[${dispatches.map(({ shader, over, size, places }) => `\n      run(${[shader, `'${over}'`, size, ...places].join(', ')}),`).join('')}]`;
  const regions = JSON.stringify({ inputs, outputs }).replace(/"/g, '').slice(1, -1);
  return `{
    steps: ${list(steps)},
    watch: ${list(watch)},
    update: ${list(update)},
    groups: ${groups}, ${regions}, length: ${length},
  }`;
}
