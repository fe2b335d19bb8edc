/**
 * @file What a module tells of the work of a graphics card: shaders, and for each program which of them run one after the
 * other, over how many invocations, and where in memory. Sizes and places are counted in floats.
 */

/** One kernel run. `over`: once for each block, once for each group of blocks, or once. */
export interface DeviceDispatch {
  readonly shader: number;
  readonly over: 'blocks' | 'groups' | 'once';
  /** Invocations, each time. */
  readonly size: number;
  /** Integers that the kernel is given. */
  readonly places: readonly number[];
}

/** What lies there of the first block, and how far the blocks are apart. */
export interface DeviceRegion {
  readonly start: number;
  readonly each: number;
}

export interface DeviceProgram {
  readonly steps: readonly DeviceDispatch[];
  readonly update: readonly DeviceDispatch[];
  readonly groups: number;
  /** Between the steps and the update: of what the largest magnitude is looked for. Only of programs that train. */
  readonly watch: readonly DeviceDispatch[];
  /** In the order of the program's inputs, and of its outputs. */
  readonly inputs: readonly DeviceRegion[];
  readonly outputs: readonly DeviceRegion[];
  /** Of the memory that the program needs. */
  readonly length: number;
}

/** What a module has in the place of functions. */
export interface DeviceCode {
  readonly kernels: () => Promise<DeviceKernels>;
  /** Floats of memory, and those that each image takes of it at least. */
  readonly length: number;
  readonly perImage: number;
}

export interface DeviceKernels {
  /** A kernel each, with all that it needs. */
  readonly shaders: readonly string[];
  readonly programs: Readonly<Partial<Record<'train' | 'evaluate' | 'predict', DeviceProgram>>>;
}

/** As minified modules carry them. */
export interface PackedKernels extends Pick<DeviceKernels, 'programs'> {
  /** What several shaders have in common. */
  readonly parts: readonly string[];
  /** Of each, in order, the numbers of these and texts of its own. */
  readonly shaders: readonly (readonly (number | string)[])[];
}
