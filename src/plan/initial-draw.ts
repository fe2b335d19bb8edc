/** @file From an initialiser and the connections of a unit to the distribution that the runtime draws from. */
import type { Initialization } from '../ir/graph.ts';
import type { Draw } from '../runtime/executable.ts';

export function drawOf({ kind, fanIn, fanOut, value = 0 }: Initialization): Draw {
  switch (kind) {
    case 'kaiming': // He et al. 2015, equation 10
      return { kind: 'normal', value: Math.sqrt(2 / fanIn) };
    case 'lecun': // LeCun et al. 1998, section 4.6
      return { kind: 'normal', value: Math.sqrt(1 / fanIn) };
    case 'xavier':
      return { kind: 'uniform', value: 1 / Math.sqrt(fanIn) };
    case 'xavier_normalized': // Glorot and Bengio 2010, equation 16
      return { kind: 'uniform', value: Math.sqrt(6 / (fanIn + fanOut)) };
    case 'zeros':
    case 'ones':
      return { kind: 'constant', value: kind === 'ones' ? 1 : 0 };
    default:
      return { kind, value };
  }
}
