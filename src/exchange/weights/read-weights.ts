/** @file Weights in the forms of other tools, told apart by their first bytes; of ONNX and Darknet, which have none, by the name. */
import { type Archive, openArchive } from '../../data/archive.ts';
import { readBytes } from '../../data/files.ts';
import { readElements, readHeader, reorder, stridesOf } from '../../data/npy.ts';
import { openFile } from '../../data/read-files.ts';
import { TrainerError } from '../../data/trainer-error.ts';
import { constantTensors } from '../onnx/constant-tensors.ts';
import { readModel } from '../onnx/model-file.ts';
import { type NamedTensor, refused, type WeightFile } from './named-tensors.ts';
import { pickleOf, readTorch } from './torch-file.ts';

const FIRST_BYTES = 512;

/** Undefined for a file of none of these forms, which may be one of safetensors. Reports CNN4141, CNN4310 to CNN4312. */
export async function readForeignWeights(path: string): Promise<WeightFile | undefined> {
  const file = await openFile(path);
  const { size } = file;
  const head = await file.read(0, FIRST_BYTES).finally(() => file.close());
  const begins = (...bytes: readonly number[]) => bytes.every((byte, k) => head[k] === byte);
  if (begins(0x50, 0x4b, 3, 4) || begins(0x50, 0x4b, 5, 6)) return readZip(path, size);
  const isTar = String.fromCharCode(...head.subarray(257, 262)) === 'ustar';
  if ((begins(0x80) && head[1]! <= 5 && head[1]! >= 2) || isTar)
    throw refused(
      'CNN4310',
      `\`${path}\` is a pickle alone, as PyTorch wrote before version 1.6`,
      `let PyTorch write it anew: \`torch.save(torch.load("old.pt", map_location="cpu"), "new.pt")\``,
    );
  if (begins(0x89, 0x48, 0x44, 0x46)) throw inHdf5(path);
  if (/\.onnx$/i.test(path)) return onnxWeights(await readBytes(path));
  return undefined;
}

/** CNN4312 */
export function inHdf5(path: string): Error {
  return refused(
    'CNN4312',
    `the weights in \`${path}\` are stored as HDF5, which is not read`,
    'in Python: `numpy.savez("weights.npz", **{v.path: v.numpy() for v in model.variables})`',
  );
}

async function readZip(path: string, size: number): Promise<WeightFile> {
  const archive = await opened(path);
  try {
    if (pickleOf(archive)) return await readTorch(archive, path, size);
    const names = [...archive.members.keys()];
    if (names.some((name) => name.endsWith('.h5'))) throw inHdf5(path);
    const arrays = names.filter((name) => name.endsWith('.npy'));
    if (arrays.length > 0) return { form: 'NumPy', tensors: await arraysOf(archive, path, arrays), said: [] };
    throw refused(
      'CNN4312',
      `\`${path}\` is a zip archive without weights`,
      'name a file of PyTorch, NumPy or safetensors',
    );
  } finally {
    await archive.close();
  }
}

/** The directory of an archive whose end is missing says nothing of who wrote it. */
async function opened(path: string): Promise<Archive> {
  try {
    return await openArchive(path);
  } catch (error) {
    if (!(error instanceof TrainerError) || error.code !== 'CNN4149') throw error;
    throw refused('CNN4310', `${error.problem}`, 'fetch or save it again');
  }
}

async function arraysOf({ members }: Archive, path: string, names: readonly string[]): Promise<NamedTensor[]> {
  const tensors: NamedTensor[] = [];
  for (const file of names) {
    const header = await readHeader(members.get(file)!, path, file);
    const { values } = await readElements(header);
    const data = reorder(values, header.shape, stridesOf(header));
    tensors.push({ name: file.slice(0, -'.npy'.length), shape: header.shape, data: Float32Array.from(data) });
  }
  return tensors;
}

/** Initialisers, and values of nodes that are constant, which have the names of what they give. */
function onnxWeights(bytes: Uint8Array): WeightFile {
  const { graph } = readModel(bytes);
  return { form: 'ONNX', tensors: constantTensors(graph), said: [] };
}
