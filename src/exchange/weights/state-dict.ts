/** @file Weights among what a checkpoint holds: `{"state_dict": …, "optimizer": …, "epoch": 7}`. */
import { MOST_TENSORS, refused } from './named-tensors.ts';
import { PickleProblem } from './pickle.ts';
import { TorchTensor } from './torch-values.ts';

export interface FoundState {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly said: readonly string[];
}

/** What checkpoints call their weights; the first that is there is taken. */
const STATES = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'module',
  'weights',
  'params',
];

/** Not weights: moments of optimisers have the shapes of weights. */
const OTHERS = /optim|sched|scaler|rng/i;

/** Put before all names by wrappers: DataParallel, `torch.compile`. */
const WRAPPERS = ['module.', '_orig_mod.'];

/** Dictionaries in dictionaries lie no deeper in any checkpoint. */
const DEEPEST = 16;

/** Reports CNN4310 for a file without tensors. */
export function findState(root: unknown, path: string): FoundState {
  const said: string[] = [];
  let state = root;
  for (let depth = 0; depth < DEEPEST && state instanceof Map && !holdsTensors(state); depth++) {
    const map: Map<unknown, unknown> = state;
    const key = STATES.find((name) => map.get(name) instanceof Map);
    if (key === undefined) break;
    said.push(`in \`${key}\``);
    state = map.get(key);
  }
  const tensors = new Map<string, TorchTensor>();
  collect(state, '', tensors, { left: 4 * MOST_TENSORS }, 0);
  if (tensors.size === 0)
    throw refused(
      'CNN4310',
      `\`${path}\` holds no tensors`,
      'save weights: `torch.save(model.state_dict(), "weights.pt")`',
    );
  return { tensors: unwrapped(tensors, said), said };
}

function holdsTensors(map: ReadonlyMap<unknown, unknown>): boolean {
  for (const value of map.values()) if (value instanceof TorchTensor) return true;
  return false;
}

function collect(
  value: unknown,
  name: string,
  found: Map<string, TorchTensor>,
  steps: { left: number },
  depth: number,
): void {
  if (--steps.left < 0 || depth > DEEPEST)
    throw new PickleProblem('its dictionaries lie too deep in each other, or are too many');
  if (value instanceof TorchTensor) {
    found.set(name || 'tensor', value);
    return;
  }
  const entries = value instanceof Map ? value : Array.isArray(value) ? value.entries() : [];
  for (const [key, inner] of entries) {
    if (!(inner instanceof TorchTensor || inner instanceof Map || Array.isArray(inner))) continue;
    if (typeof key !== 'string' && typeof key !== 'number') continue;
    if (depth === 0 && !(inner instanceof TorchTensor) && OTHERS.test(String(key))) continue;
    collect(inner, name ? `${name}.${key}` : `${key}`, found, steps, depth + 1);
  }
}

function unwrapped(tensors: ReadonlyMap<string, TorchTensor>, said: string[]): ReadonlyMap<string, TorchTensor> {
  const prefix = WRAPPERS.find((wrapper) => [...tensors.keys()].every((name) => name.startsWith(wrapper)));
  if (prefix === undefined) return tensors;
  said.push(`without \`${prefix}\` before all names`);
  return unwrapped(new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor])), said);
}
