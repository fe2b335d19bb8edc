/** @file The `device` of a module: its kernels as WGSL, and its programs as lists of them. */
import { shadersSource } from 'cnnc:runtime';
import { densePlace } from '../../common/dense-text.ts';
import { deflate } from '../../common/packed-text.ts';
import type { LoweredProgram } from '../../plan/lowered-program.ts';
import type { ModulePlan } from '../../plan/plan-module.ts';
import { deviceProgram, floatsPerImage, Shaders } from './device-program.ts';
import type { DeviceDispatch, DeviceProgram, PackedShaders } from './device-types.ts';
import { BEGIN, BINDINGS, functionsFor } from './header.ts';

/** Minified, the shaders are packed: their text is long, and says nearly the same again and again. */
export async function printDevice(
  { programs, maxBatch, arenaLength }: ModulePlan<never>,
  minified = false,
): Promise<string> {
  const shaders = new Shaders();
  const sizes = { maxBlocks: maxBatch, arenaLength };
  const made = Object.entries(programs as Record<string, { lowered: LoweredProgram }>).map(([name, { lowered }]) => {
    const program = deviceProgram(lowered, sizes, shaders);
    return { name, program, perImage: floatsPerImage(lowered, program, sizes) };
  });
  const length = Math.max(...made.map(({ program }) => program.length));
  const perImage = Math.max(...made.map((one) => one.perImage));
  return `${minified ? shadersSource : ''}/** All kernels of the network, for the graphics card: a shader each, over one memory. */
const device = (() => {
${minified ? await packShaders(shaders.texts) : listShaders(shaders.texts)}/** Which kernel, over what, over how many elements, and where in memory. */
const run = (shader, over, size, ...places) => ({ shader, over, size, places });
const programs = {
${made.map(({ name, program }) => `  ${name}: ${printProgram(program)},\n`).join('')}};
return { shaders, programs, length: ${length}, perImage: ${perImage} };
})();
`;
}

/** A kernel between what it has in common with others. */
function splitShader(text: string): { before: readonly string[]; documentation: string; body: string } {
  const [documentation, body] = text.split(BEGIN) as [string, string];
  return { before: functionsFor(text).map(([name]) => name), documentation, body };
}

const functionsOf = (texts: readonly string[]) => new Map(texts.flatMap((text) => functionsFor(text)));

/** To be read. */
function listShaders(texts: readonly string[]): string {
  const print = (text: string) => {
    const { before, documentation, body } = splitShader(text);
    return `${['head', ...before].join(' + ')} + ${quoted(documentation)} + begin + ${quoted(body)},\n`;
  };
  return `const head = ${quoted(BINDINGS)};
const begin = ${quoted(BEGIN)};
${[...functionsOf(texts)].map(([name, source]) => `const ${name} = ${quoted(`${source}\n`)};\n`).join('')}
const shaders = async () => [
${texts.map(print).join('')}];
`;
}

/** Deflated, without comments and indentation. */
async function packShaders(texts: readonly string[]): Promise<string> {
  const functions = functionsOf(texts);
  const names = ['head', 'begin', ...functions.keys()];
  const packed: PackedShaders = {
    parts: [BINDINGS, BEGIN, ...[...functions.values()].map((source) => `${source}\n`)].map(bare),
    shaders: texts.map((text) => {
      const { before, body } = splitShader(text);
      return [...['head', ...before, 'begin'].map((name) => names.indexOf(name)), bare(body)];
    }),
  };
  const bytes = await deflate(new TextEncoder().encode(JSON.stringify(packed)));
  return `const shaders = () => cnncShaders.unpack('${densePlace(bytes)}', ${bytes.length});\n`;
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
