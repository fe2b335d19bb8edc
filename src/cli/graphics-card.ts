/**
 * @file Graphics cards for Node, which has none by itself: the package `webgpu` of the user's project. It is large, so cnnc
 * does not bring it along.
 */
import * as modules from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TrainerError } from '../data/trainer-error.ts';
import type { AdapterInfo } from '../runtime/device-api.ts';
import type { Gpu } from '../runtime/gpu.ts';

const PACKAGE = 'webgpu';

/** Held as long as the process runs: the package does not say that what it has given outlives its collection. */
const kept: unknown[] = [];

const OTHERWISE = 'train with `--device cpu`';

/** In the project of a folder, or beside cnnc. */
function findPackage(folder: string): string | undefined {
  for (const from of [join(folder, 'package.json'), import.meta.url]) {
    try {
      return modules.createRequire(from).resolve(PACKAGE);
    } catch {}
  }
  return undefined;
}

/** CNN4160 where the package is not installed, or not for this system. */
export async function openGpu(folder = process.cwd()): Promise<Gpu> {
  const place = findPackage(folder);
  if (place === undefined) {
    const problem = `Node has graphics cards by the package \`${PACKAGE}\`, which is not here`;
    throw new TrainerError('CNN4160', problem, `\`npm install ${PACKAGE}\` in your project, or ${OTHERWISE}`);
  }
  try {
    const gpu: Gpu = (await import(/* @vite-ignore */ pathToFileURL(place).href)).create([]);
    kept.push(gpu);
    return {
      async requestAdapter(options) {
        const adapter = await gpu.requestAdapter(options);
        kept.push(adapter);
        return adapter;
      },
    };
  } catch (error) {
    const problem = `the package \`${PACKAGE}\` does not start: ${(error as Error).message.split('\n')[0]}`;
    throw new TrainerError('CNN4160', problem, `install it anew: \`npm install ${PACKAGE}\`, or ${OTHERWISE}`);
  }
}

/** What the errors of a trainer on a graphics card advise, in words of the command line: a batch is that of its module. */
export function cardError(error: TrainerError): TrainerError {
  const { batch } = error as { batch?: number };
  const advice: Readonly<Record<string, string>> = {
    CNN4160: `install the driver of the card, which has Vulkan, Metal or Direct3D 12, or ${OTHERWISE}`,
    CNN4162: `${batch ? `take fewer images at a time, with \`--batch ${batch}\`, or ` : ''}${OTHERWISE}`,
  };
  const hint = advice[error.code];
  return hint === undefined ? error : new TrainerError(error.code, error.problem, hint);
}

/** What trains, before the first step. */
export function introduceCard({ description: name, software, limits }: AdapterInfo): string {
  const bytes = limits.maxStorageBufferBindingSize;
  const large = bytes
    ? `; the network needs ${Math.ceil(bytes / 2 ** 20)} MB in one piece, which not every card has`
    : '';
  return `${name} trains${large}\n${software ? `${name} is a software adapter: the CPU is faster\n` : ''}`;
}
