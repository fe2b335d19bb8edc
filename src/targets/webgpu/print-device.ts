/** @file The `device` of a module: its kernels as WGSL, and its programs as lists of them. */
import type { LoweredProgram } from '../../plan/lowered-program.ts';
import type { ModulePlan } from '../../plan/plan-module.ts';
import { deviceProgram, Shaders } from './device-program.ts';
import type { DeviceDispatch, DeviceProgram } from './device-types.ts';
import { BEGIN, BINDINGS, functionsFor } from './header.ts';

export function printDevice({ programs, maxBatch, arenaLength }: ModulePlan<never>): string {
  const shaders = new Shaders();
  const made = Object.entries(programs as Record<string, { lowered: LoweredProgram }>).map(
    ([name, { lowered }]) => [name, deviceProgram(lowered, { maxBlocks: maxBatch, arenaLength }, shaders)] as const,
  );
  const functions = new Map(shaders.texts.flatMap((text) => functionsFor(text)));
  const length = Math.max(...made.map(([, program]) => program.length));
  return `/** All kernels of the network, for the graphics card: a shader each, over one memory. */
const device = (() => {
const head = ${quoted(BINDINGS)};
const begin = ${quoted(BEGIN)};
${[...functions].map(([name, source]) => `const ${name} = ${quoted(`${source}\n`)};\n`).join('')}
const shaders = [
${shaders.texts.map((text) => `${printShader(text)},\n`).join('')}];
/** Which kernel, over what, over how many elements, and where in memory. */
const run = (shader, over, size, ...places) => ({ shader, over, size, places });
const programs = {
${made.map(([name, program]) => `  ${name}: ${printProgram(program)},\n`).join('')}};
return { shaders, programs, length: ${length} };
})();
`;
}

function printShader(text: string): string {
  const [documentation, body] = text.split(BEGIN) as [string, string];
  const names = functionsFor(text).map(([name]) => name);
  return `${['head', ...names].join(' + ')} + ${quoted(documentation)} + begin + ${quoted(body)}`;
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
