/**
 * @file Checkpoints of PyTorch (`torch.save`, 1.6 and later): a zip archive with a pickle of what was saved, and the numbers of
 * each storage in a file of their own. The pickle is read by `pickle.ts`; nothing in it is executed. Source: torch/serialization.py.
 */

import { shortened } from '../../common/printable.ts';
import { product } from '../../common/shape.ts';
import type { Archive, Member } from '../../data/archive.ts';
import { reorder } from '../../data/npy.ts';
import { ELEMENTS } from '../onnx/elements.ts';
import { MOST_TENSORS, type NamedTensor, refused, type WeightFile } from './named-tensors.ts';
import { ForeignGlobal, PickleProblem, readPickle } from './pickle.ts';
import { type FoundState, findState } from './state-dict.ts';
import { TORCH_WORLD, type TorchTensor } from './torch-values.ts';

/** The longest pickle: names and shapes alone, not numbers. */
const LONGEST_PICKLE = 64 * 2 ** 20;

const AGAIN = 'save the weights again: `torch.save(model.state_dict(), "weights.pt")`';

/** The member with the pickle, if the archive is one of PyTorch's. */
export function pickleOf({ members }: Archive): string | undefined {
  return [...members.keys()].find((name) => /^([^/]*\/)?data\.pkl$/.test(name));
}

/** Reports CNN4310 for a file that is not whole, CNN4311 for a pickle that holds more than weights. */
export async function readTorch(archive: Archive, path: string, fileBytes: number): Promise<WeightFile> {
  const pickle = pickleOf(archive)!;
  const folder = pickle.slice(0, -'data.pkl'.length);
  try {
    const found = findState(await stateIn(archive.members.get(pickle)!), path);
    const bigEndian = (await shortText(archive.members.get(`${folder}byteorder`))) === 'big';
    return { form: 'PyTorch', ...(await valuesOf(found, { archive, folder, bigEndian, fileBytes })) };
  } catch (error) {
    if (!(error instanceof PickleProblem)) throw error;
    throw refused('CNN4310', `\`${path}\` is no whole file of PyTorch: ${error.message}`, AGAIN);
  }

  async function stateIn(member: Member): Promise<unknown> {
    if (member.size > LONGEST_PICKLE) throw new PickleProblem(`its pickle has ${member.size} bytes`);
    try {
      return readPickle(await member.all(), TORCH_WORLD);
    } catch (error) {
      if (!(error instanceof ForeignGlobal)) throw error;
      const what = /^__torch__/.test(error.global) ? 'a network in TorchScript' : 'Python objects';
      throw refused(
        'CNN4311',
        `\`${path}\` holds more than weights: it asks for \`${shortened(error.global, 80)}\`, and nothing of a file is executed`,
        `it was saved as ${what}; ${AGAIN}`,
      );
    }
  }
}

async function shortText(member: Member | undefined): Promise<string> {
  return member && member.size < 32 ? new TextDecoder().decode(await member.all()) : '';
}

interface Storages {
  readonly archive: Archive;
  readonly folder: string;
  readonly bigEndian: boolean;
  readonly fileBytes: number;
}

async function valuesOf({ tensors, said }: FoundState, storages: Storages): Promise<Omit<WeightFile, 'form'>> {
  // Tensors may share numbers, or repeat them; a file of a few bytes is not to become many gigabytes.
  const numbers = [...tensors.values()].reduce((sum, { shape }) => sum + product(shape), 0);
  if (tensors.size > MOST_TENSORS || numbers > 4 * storages.fileBytes + 65536)
    throw new PickleProblem(`its tensors have ${numbers} numbers, the file ${storages.fileBytes} bytes`);
  const byKey = new Map<string, TorchTensor[]>();
  for (const tensor of tensors.values())
    byKey.set(tensor.storage.key, [...(byKey.get(tensor.storage.key) ?? []), tensor]);
  const values = new Map<TorchTensor, Float32Array>();
  for (const [key, sharing] of byKey) {
    const body = await bytesOf(key, storages);
    for (const tensor of sharing)
      if (!values.has(tensor)) values.set(tensor, valuesIn(body, tensor, storages.bigEndian));
  }
  const named = [...tensors].map(
    ([name, tensor]): NamedTensor => ({ name, shape: tensor.shape, data: values.get(tensor)! }),
  );
  return { tensors: named, said };
}

async function bytesOf(key: string, { archive, folder }: Storages): Promise<Uint8Array> {
  const member = archive.members.get(`${folder}data/${key}`);
  if (!member) throw new PickleProblem(`the numbers \`data/${shortened(key, 40)}\` are missing`);
  return member.all();
}

/** The numbers of one tensor, in the order of its axes. */
function valuesIn(
  body: Uint8Array,
  { type, offset, shape, strides, storage }: TorchTensor,
  bigEndian: boolean,
): Float32Array {
  const element = ELEMENTS.find((one) => one.type === type)!;
  const size = element.bits / 8;
  const count = product(shape);
  if (count === 0) return new Float32Array(0);
  const length = shape.reduce((sum, extent, k) => sum + (extent - 1) * strides[k]!, 1);
  const from = offset * size;
  if (from + length * size > body.length)
    throw new PickleProblem(
      `\`data/${shortened(storage.key, 40)}\` has ${body.length} bytes, a tensor needs ${from + length * size}`,
    );
  const part = body.slice(from, from + length * size);
  if (bigEndian && size > 1) for (let at = 0; at < part.length; at += size) part.subarray(at, at + size).reverse();
  const numbers = element.fromBytes(part, length);
  const floats = numbers instanceof Float32Array ? numbers : Float32Array.from(numbers as ArrayLike<number>, Number);
  return reorder(floats, shape, strides) as Float32Array;
}
