/**
 * @file What every shader begins with: the memory, what the host tells of the batch and of the places of a kernel's buffers,
 * and the functions that kernels may call and WGSL lacks, or has too loosely.
 */

/** Invocations of a workgroup. */
export const WORKGROUP = 64;

/** Integers of a kernel's places, at most, in vectors of four: an offset of a uniform buffer is a multiple of 256 bytes. */
export const PLACE_VECTORS = 16;

/** Bits of 2^40: beyond it an update might overflow, as `runtime/finite.ts` has it. */
export const SAFE_BITS = 0x53800000;

export const BINDINGS = `struct Batch {
  blocks: i32,
  groups: i32,
  infinity: u32,
  nan: u32,
}
@group(0) @binding(0) var<storage, read_write> M: array<f32>;
@group(0) @binding(1) var<uniform> batch: Batch;
@group(0) @binding(2) var<uniform> place: array<vec4<i32>, ${PLACE_VECTORS}>;
@group(0) @binding(3) var<storage, read_write> greatest: array<atomic<u32>>;
`;

/** By name; those of one that calls others come first. */
const FUNCTIONS: readonly (readonly [name: string, source: string])[] = [
  ['infinity', 'fn infinity() -> f32 { return bitcast<f32>(batch.infinity); }'],
  ['not_a_number', 'fn not_a_number() -> f32 { return bitcast<f32>(batch.nan); }'],
  [
    'is_nan',
    `// Not \`x != x\`, which compilers may take to be false.
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
  ],
  // What functions of the card make of NaN, infinity and numbers out of their domain is left open by the language.
  ['exponential', `fn exponential(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }`],
  [
    'logarithm',
    `fn logarithm(x: f32) -> f32 {
  let near = select(log(x), -infinity(), x == 0f);
  return select(select(near, x, (bitcast<u32>(x) & 0x7fffffffu) >= 0x7f800000u), not_a_number(), x < 0f);
}`,
  ],
  ['root', `fn root(x: f32) -> f32 { return select(sqrt(x), not_a_number(), (x < 0f) | is_nan(x)); }`],
  ['largest', `fn largest(x: f32, a: f32) -> f32 { return select(max(x, a), x + a, is_nan(x) | is_nan(a)); }`],
  ['smallest', `fn smallest(x: f32, a: f32) -> f32 { return select(min(x, a), x + a, is_nan(x) | is_nan(a)); }`],
  [
    'tangent',
    `// An odd polynomial near 0, else 1 - 2 / (e^2|x| + 1), where e^2|x| must not overflow.
fn tangent(x: f32) -> f32 {
  let z = x * x;
  let near = ((((-5.70498872745e-3f * z + 2.06390887954e-2f) * z - 5.37397155531e-2f) * z + 1.33314422036e-1f) * z - 3.33332819422e-1f) * z * x + x;
  let far = 1f - 2f / (exp(2f * min(abs(x), 10f)) + 1f);
  return select(select(far, -far, x < 0f), near, (abs(x) < 0.625f) | is_nan(x));
}`,
  ],
  [
    'erf',
    `// An odd polynomial below 1; from there on 1 - e^q(|x|).
fn erf(x: f32) -> f32 {
  let size = abs(x);
  let z = x * x;
  let near = x + x * ((((((7.87587487e-5f * z - 8.0168643e-4f) * z + 5.18908724e-3f) * z - 2.68542115e-2f) * z + 1.12835944e-1f) * z - 3.7612626e-1f) * z + 1.28379166e-1f);
  let b = min(size, 4f);
  let q = (((((1.85576995e-4f * b - 2.93963565e-3f) * b + 2.18054298e-2f) * b - 1.03037596e-1f) * b - 6.38225436e-1f) * b - 1.12704015f) * b - 3.53683892e-4f;
  let far = 1f - exp(q);
  return select(select(far, -far, x < 0f), near, (size < 1f) | is_nan(x));
}`,
  ],
  [
    'power',
    `// NaN where x is negative and a is not whole; 1 to any power is 1, and so is anything to the power 0.
fn power(x: f32, a: f32) -> f32 {
  if (x == 1f || a == 0f) { return 1f; }
  if (is_nan(x) | is_nan(a)) { return x + a; }
  let size = pow(abs(x), a);
  if (x >= 0f) { return size; }
  if (floor(a) != a) { return not_a_number(); }
  return select(size, -size, floor(a * 0.5f) * 2f != a);
}`,
  ],
  [
    'random',
    `// The same integers as on the processor: the finaliser of MurmurHash3 over the mixed inputs.
fn random(seed: f32, stream: u32, element: i32) -> f32 {
  var hash = (u32(seed) * 0x9e3779b1u) ^ ((stream + 1u) * 0x85ebca77u) ^ (u32(element) * 0xc2b2ae3du);
  hash = (hash ^ (hash >> 16u)) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13u)) * 0xc2b2ae35u;
  return f32((hash ^ (hash >> 16u)) >> 8u) * 0x1p-24f;
}`,
  ],
  ['divided_up', `fn divided_up(x: i32, n: i32) -> i32 { return select(x / n, (x + n - 1) / n, x > 0); }`],
  ['divided_down', `fn divided_down(x: i32, n: i32) -> i32 { return select((x - n + 1) / n, x / n, x >= 0); }`],
];

/** What every kernel begins with. */
export const BEGIN = `@compute @workgroup_size(${WORKGROUP})
fn kernel(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let id_ = i32((workgroup.z * workgroups.x + workgroup.x) * ${WORKGROUP}u + local);
`;

/** The functions that a kernel calls, those that they call first. */
export function functionsFor(kernel: string): readonly (readonly [name: string, source: string])[] {
  let text = kernel;
  const called: (readonly [string, string])[] = [];
  for (const [name, source] of [...FUNCTIONS].reverse())
    if (new RegExp(`\\b${name}\\(`).test(text)) {
      text += source;
      called.unshift([name, source]);
    }
  return called;
}

/** A shader of one kernel: what it needs, and the kernel. */
export function shaderOf(kernel: string): string {
  return [BINDINGS, ...functionsFor(kernel).map(([, source]) => `${source}\n`), kernel].join('');
}
