/** @file Data specifications: `digits`, `mnist:DIR` and so on, as the `train` block and `--data` write them. */

import { type AnySplit, checkShape, type Dataset, soleOf } from './dataset.ts';
import type { Format, LoadOptions, Reader, Specification } from './format.ts';
import { formatNamed } from './formats.ts';
import { parseSpecification } from './specification.ts';
import { TrainerError } from './trainer-error.ts';

/** The options for a reader, and the first one that it had no use for. */
function watchOptions({ options }: Specification) {
  const idle = new Set(Object.keys(options));
  const heeded = new Proxy(options, {
    get(of, name: string) {
      idle.delete(name);
      return of[name];
    },
  });
  return { heeded, idle: (): string | undefined => [...idle][0] };
}

/** Reads or draws the data that a specification names. Throws CNN4140 to CNN4151. */
export async function loadWith<Part extends AnySplit>(
  spec: string,
  options: LoadOptions,
  readerOf: (format: Format) => Reader<Part> | undefined,
): Promise<Dataset<Part>> {
  const specification = parseSpecification(spec);
  const read = readerOf(formatNamed(specification.kind)!);
  if (!read)
    throw new TrainerError(
      'CNN4146',
      `a module reads no pictures, as \`${spec}\` names them`,
      'train with `cnnc train FILE.cnn --data images:DIR`, or convert them to `npz:`',
    );
  const { network, shape = network && soleOf(network.inputs) } = options;
  const { heeded, idle } = watchOptions(specification);
  const data = await read({ ...options, ...specification, options: heeded, network, shape });
  const dropped = idle();
  if (dropped !== undefined) {
    const given = `\`${dropped}=${specification.options[dropped]}\``;
    const hint = 'leave it out: `split` and `seed` are for data without test images, `scale_NAME` for the input NAME';
    throw new TrainerError('CNN4140', `${given} decides nothing about \`${specification.place}\``, hint);
  }
  if (data.shape && network && !shape) {
    const problem = `\`${spec}\` has one image each, but the network's inputs are ${Object.keys(network.inputs).join(', ')}`;
    throw new TrainerError('CNN4145', problem, 'use `npz:FILE` with an array for each');
  }
  if (data.shape && shape) checkShape(data.shape, shape, `\`${spec}\``);
  return data;
}
