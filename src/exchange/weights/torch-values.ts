/** @file What the pickle of a PyTorch file may name, and what it is here: tensors, their storages, dictionaries. All else is refused. */
import { product } from '../../common/shape.ts';
import type { ElementType } from '../onnx/elements.ts';
import { type PickleGlobal, PickleProblem, type PickleWorld } from './pickle.ts';

/** The numbers of one tensor or of several, in a file of their own. */
export interface Storage {
  /** The name of that file. */
  readonly key: string;
  /** Unknown for untyped storages: the tensor says it. */
  readonly type?: ElementType;
  /** Elements; bytes where the type is unknown. */
  readonly count: number;
}

export class TorchTensor {
  constructor(
    readonly storage: Storage,
    readonly type: ElementType,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const STORAGES: Readonly<Record<string, ElementType>> = {
  Float: 'float',
  Double: 'double',
  Half: 'float16',
  BFloat16: 'bfloat16',
  Byte: 'uint8',
  Char: 'int8',
  Short: 'int16',
  Int: 'int32',
  Long: 'int64',
  Bool: 'bool',
};

const DTYPES: Readonly<Record<string, ElementType>> = {
  float32: 'float',
  float64: 'double',
  float16: 'float16',
  bfloat16: 'bfloat16',
  uint8: 'uint8',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

function tensor(storage: unknown, offset: unknown, shape: unknown, strides: unknown, type?: ElementType): TorchTensor {
  const known = storage as Storage | undefined;
  const element = type ?? known?.type;
  const described = known?.key !== undefined && isCount(offset) && isCounts(shape) && isCounts(strides);
  if (!described || !element || shape.length !== strides.length || shape.length > 16)
    throw new PickleProblem('it describes a tensor without its numbers, shape and strides');
  const last = shape.reduce((sum, size, k) => sum + (size - 1) * strides[k]!, offset);
  if (product(shape) > 0 && known.type && last >= known.count)
    throw new PickleProblem(`a tensor of [${shape.join(', ')}] lies beyond the ${known.count} numbers of its storage`);
  return new TorchTensor(known, element, offset, shape, strides);
}

function dictionary(values: readonly unknown[]): Map<unknown, unknown> {
  const [pairs] = values;
  if (pairs instanceof Map) return new Map(pairs);
  if (pairs !== undefined && !Array.isArray(pairs))
    throw new PickleProblem('it makes a dictionary of what are no pairs');
  return new Map((pairs ?? []).map((pair: unknown) => (Array.isArray(pair) ? [pair[0], pair[1]] : [pair, undefined])));
}

/** Views of negated or conjugated numbers are flagged, not stored so. */
function plainTensor([storage, offset, shape, strides, , , flags]: readonly unknown[]): TorchTensor {
  if (flags instanceof Map && [...flags.values()].some(Boolean)) throw new PickleProblem('a tensor is a negated view');
  return tensor(storage, offset, shape, strides);
}

const CALLED: Readonly<Record<string, (values: readonly unknown[]) => unknown>> = {
  'collections.OrderedDict': dictionary,
  'torch._utils._rebuild_tensor': plainTensor,
  'torch._utils._rebuild_tensor_v2': plainTensor,
  'torch._utils._rebuild_tensor_v3': ([storage, offset, shape, strides, , , type]) =>
    tensor(
      storage,
      offset,
      shape,
      strides,
      DTYPES[String((type as PickleGlobal | undefined)?.name).replace('torch.', '')],
    ),
  'torch._utils._rebuild_parameter': ([value]) => value,
  'torch._utils._rebuild_parameter_with_state': ([value]) => value,
  'torch._tensor._rebuild_from_type_v2': ([rebuild, , values]) => {
    const { call } = (rebuild ?? {}) as PickleGlobal;
    if (!call || !Array.isArray(values)) throw new PickleProblem('it rebuilds a tensor by what is no function');
    return call(values);
  },
  'torch.Size': ([sizes]) => sizes ?? [],
  'torch.device': ([name]) => name,
};

/** Named, never called. */
const TYPES = new Set([
  ...Object.keys(STORAGES).map((name) => `torch.${name}Storage`),
  ...Object.keys(DTYPES).map((name) => `torch.${name}`),
  ...['torch.storage.TypedStorage', 'torch.storage.UntypedStorage', 'torch.UntypedStorage'],
  ...['torch.Tensor', 'torch._tensor.Tensor', 'torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer'],
]);

function globalNamed(name: string): PickleGlobal | undefined {
  if (TYPES.has(name)) return { name };
  if (!Object.hasOwn(CALLED, name)) return undefined;
  return { name, call: CALLED[name]! };
}

/** `('storage', torch.FloatStorage, '0', 'cpu', 12)`: the device does not matter here. */
function storageOf(id: unknown): Storage {
  const [kind, type, key, , count] = Array.isArray(id) ? id : [];
  if (kind !== 'storage' || typeof key !== 'string' || !isCount(count))
    throw new PickleProblem('it refers to what is no storage of numbers');
  const letters = /^torch\.(\w+)Storage$/.exec(String((type as PickleGlobal | undefined)?.name))?.[1] ?? '';
  const element = Object.hasOwn(STORAGES, letters) ? STORAGES[letters] : undefined;
  return { key, count, ...(element && { type: element }) };
}

export const TORCH_WORLD: PickleWorld = { global: globalNamed, persistent: storageOf };
