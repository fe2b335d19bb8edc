/** @file Kernels that are the same for every network. They read their places as two, three integers behind the guard. */
import { BEGIN, WORKGROUP } from './header.ts';

const begin = (documentation: string) => `// ${documentation}\n${BEGIN}`;

/** Places: where a region of sums begins, its length, and the distance of its copies. */
export const ADD_COPIES = `${begin('adds the copies of all groups of blocks onto the first, in order')}  if (id_ >= place[0].z) { return; }
  let at = place[0].y + id_;
  var sum = M[at];
  for (var group = 1; group < batch.groups; group += 1) { sum += M[at + group * place[0].w]; }
  M[at] = sum;
}
`;

/** Places: where a range begins, and its length. Without their signs the bits of floats are in the order of magnitudes. */
export const FIND_GREATEST = `${begin('the largest magnitude in a range of memory; NaN is larger than all')}  var most = 0u;
  for (var k = id_; k < place[0].z; k += i32(workgroups.x) * ${WORKGROUP}) {
    most = max(most, bitcast<u32>(M[place[0].y + k]) & 0x7fffffffu);
  }
  atomicMax(&greatest[0], most);
}
`;
