/** @file The networks of the zoo as the round trip takes them: their own, of smaller images where these are large and free. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { understand } from '../../src/semantics/understand.ts';

const folder = join(process.cwd(), 'examples/zoo');

/** Large enough for the last window, and a multiple where an adaptive pooling divides the map. */
const SIZES: Readonly<Record<string, number>> = {
  convnext_tiny: 64,
  densenet: 64,
  efficientnet_b0: 96,
  googlenet: 128,
  mnasnet: 96,
  mobilenet_v1: 96,
  mobilenet_v2: 96,
  mobilenet_v3: 96,
  resnet: 64,
  resnext50: 64,
  shufflenet: 96,
  siamese: 65,
  squeezenet: 96,
  vgg: 64,
  wideresnet: 16,
};

/** Of the parameter that says how large images are. */
const PARAMETERS: Readonly<Record<string, Readonly<Record<string, number>>>> = { unet: { size: 188 } };

export const ZOO: readonly string[] = readdirSync(folder).flatMap((file) => /^(.*)\.cnn$/.exec(file)?.[1] ?? []);

export function zooNetwork(name: string, ownSize = false) {
  const text = readFileSync(join(folder, `${name}.cnn`), 'utf8');
  if (ownSize) return understand(text, `${name}.cnn`).elaboration!;
  const size = SIZES[name];
  const set = PARAMETERS[name];
  const declared = [...text.matchAll(/^ *input (\w+): \[(\d+), /gm)];
  const inputs = declared.map(([, input, channels]) => [input!, [Number(channels), size!, size!]] as const);
  return understand(text, `${name}.cnn`, {
    ...(size !== undefined && { inputs: new Map(inputs) }),
    ...(set && { set }),
  }).elaboration!;
}
