/**
 * @file A graphics card that has the memory of a module and its kernels. Work is given in whole: one list of commands, and
 * what is to be read when it is done.
 */
import { refuse, TrainerError } from '../data/trainer-error.ts';
import type { DeviceDispatch, DeviceKernels, DeviceProgram, DeviceRegion } from '../targets/webgpu/device-types.ts';
import { ByteImages, type ByteKernel, compileByteKernel } from './byte-images.ts';
import type { AdapterInfo } from './device-api.ts';
import type { StagedSlot } from './feed.ts';
import type { Gpu, GpuAdapter, GpuBuffer, GpuDevice, GpuEncoder } from './gpu.ts';
import type { CompiledForDevice } from './place.ts';

/** WebGPU, section 4.4: `GPUBufferUsage`, `GPUShaderStage`, `GPUMapMode`. */
const [MAP_READ, COPY_SRC, COPY_DST, UNIFORM, STORAGE] = [1, 4, 8, 0x40, 0x80];
const COMPUTE = 4;
const READ = 1;

const FLOAT = 4;
const WORKGROUP = 64;
/** Workgroups along one axis of a grid. */
const MOST_WORKGROUPS = 65535;
/** An offset of a uniform buffer is a multiple of it. */
const PLACE_BYTES = 256;

/** Milliseconds in which a loss is told. */
const TELLING = 200;

/** From so many bytes on a buffer is not larger than it must be. */
const MUCH = 2 ** 20;

/** Limits that every device has. */
const USUAL = [
  ['maxStorageBufferBindingSize', 2 ** 27],
  ['maxBufferSize', 2 ** 28],
] as const;

const INFINITY_BITS = 0x7f800000;
const NAN_BITS = 0x7fc00000;

/** Part of memory, in floats. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** A buffer of the card that can be read here. */
interface Reader {
  readonly buffer: GpuBuffer;
  readonly bytes: number;
}

export interface Work {
  readonly program: DeviceProgram;
  readonly dispatches: readonly DeviceDispatch[];
  /** Images. */
  readonly count: number;
}

export interface Done {
  readonly values: readonly Float32Array[];
  readonly greatest: number;
  /** What was wanted of the moment before. */
  readonly before: Float32Array | undefined;
}

const BINDINGS = [
  { type: 'storage' },
  { type: 'uniform' },
  { type: 'uniform', hasDynamicOffset: true, minBindingSize: PLACE_BYTES },
  { type: 'storage' },
];

/** Three digits, and zeros in the place of a power of ten. */
export function megabytes(bytes: number): string {
  return `${Number((bytes / 2 ** 20).toPrecision(3))} MB`;
}

/** CNN4162, with the largest batch of a module that would do; 0 for none. */
export class TooLarge extends TrainerError {
  constructor(
    problem: string,
    readonly batch: number,
  ) {
    const hint =
      batch > 0 ? `build it with \`--max-batch ${batch}\`` : 'use a module for the processor: not even one image fits';
    super('CNN4162', problem, hint);
  }
}

/** Where the memory is too small: the largest batch that would fit, `most` bytes if they are known. */
function fitting({ device, network }: CompiledForDevice, most: number | undefined): number {
  const { length, perImage } = device;
  const { maxBatch } = network;
  const tooMany = most === undefined ? maxBatch / 2 : (length - most / FLOAT) / perImage;
  return Math.max(0, Math.floor(maxBatch - tooMany));
}

/** What calls are refused with where the card is gone. */
const GONE = 'CNN4161';

export function isGone(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === GONE;
}

/** CNN4160 where there is none. */
export async function findAdapter(gpu: Gpu | undefined): Promise<GpuAdapter> {
  const hint = 'use a browser with WebGPU, in a page of https: or localhost, or build with `--target wasm`';
  if (!gpu) refuse('CNN4160', 'there is no WebGPU here', hint);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) refuse('CNN4160', 'WebGPU finds no graphics card', hint);
  return adapter;
}

/** Larger limits than every device has, where the memory needs them. CNN4162 where the card has them not. */
function limitsFor(compiled: CompiledForDevice, { limits }: GpuAdapter): Record<string, number> {
  const { maxBatch } = compiled.network;
  if (maxBatch > MOST_WORKGROUPS)
    throw new TooLarge(
      `the module takes ${maxBatch} images at a time, a graphics card at most ${MOST_WORKGROUPS}`,
      MOST_WORKGROUPS,
    );
  const bytes = compiled.device.length * FLOAT;
  const most = Math.min(limits.maxStorageBufferBindingSize!, limits.maxBufferSize!);
  if (bytes > most) {
    const [wanted, found] = [bytes, most].map(megabytes);
    throw new TooLarge(
      `the network needs a buffer of ${wanted}, the graphics card has at most ${found}`,
      fitting(compiled, most),
    );
  }
  return Object.fromEntries(USUAL.filter(([, usual]) => bytes > usual).map(([name]) => [name, bytes]));
}

/** Programs that compute on the processor what graphics cards do. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

export function describe({ info }: GpuAdapter, limits: Record<string, number> = {}): AdapterInfo {
  const { vendor, architecture, device, description } = info;
  const software = info.isFallbackAdapter === true || SOFTWARE.test(`${architecture} ${device} ${description}`);
  const name = description || device || [vendor, architecture].filter(Boolean).join(' ');
  return { vendor, architecture, description: name || 'a graphics card without a name', software, limits };
}

export class Card {
  /** Why there is no device any more. */
  #lost: string | undefined;
  readonly #places: ReadonlyMap<DeviceDispatch, number>;
  readonly #group: object;
  readonly #batch: GpuBuffer;
  /** What it holds. */
  #told = '';
  readonly #greatest: GpuBuffer;
  /** By input, and where its floats lie. */
  readonly #images = new Map<string, ByteImages>();
  /** Images to be made floats of before the next work. */
  #packed: ByteImages[] = [];
  /** Buffers that are not being read. */
  readonly #readers: Reader[] = [];

  readonly programs: DeviceKernels['programs'];

  private constructor(
    readonly adapter: AdapterInfo,
    readonly device: GpuDevice,
    readonly memory: GpuBuffer,
    readonly pipelines: readonly object[],
    readonly bytes: ByteKernel,
    layout: object,
    { programs }: DeviceKernels,
  ) {
    this.programs = programs;
    const dispatches = Object.values(programs).flatMap(({ steps, watch, update }) => [...steps, ...watch, ...update]);
    this.#places = new Map(dispatches.map((dispatch, k) => [dispatch, k * PLACE_BYTES]));
    const places = new Int32Array((dispatches.length * PLACE_BYTES) / FLOAT);
    dispatches.forEach((dispatch, k) => {
      places.set(dispatch.places, (k * PLACE_BYTES) / FLOAT);
    });
    const buffer = (bytes: number, usage: number) =>
      device.createBuffer({ size: bytes, usage: usage | COPY_SRC | COPY_DST });
    const place = buffer(places.byteLength, UNIFORM);
    this.#batch = buffer(16, UNIFORM);
    this.#greatest = buffer(16, STORAGE);
    device.queue.writeBuffer(place, 0, places);
    const resources = [
      { buffer: memory },
      { buffer: this.#batch },
      { buffer: place, size: PLACE_BYTES },
      { buffer: this.#greatest },
    ];
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    this.#group = device.createBindGroup({ layout, entries });
    void device.lost.then(({ reason, message }) => {
      this.#lost = message || reason;
    });
    // What it was given is wrong, and was not done: nobody else hears of it.
    device.addEventListener('uncapturederror', ({ error }) => {
      this.#lost ??= error.message;
    });
  }

  /** Memory and kernels; `told` hears of each that is compiled. Throws CNN4162. */
  static async open(
    adapter: GpuAdapter,
    compiled: CompiledForDevice,
    told?: (done: number, all: number) => void,
  ): Promise<Card> {
    const { device: code } = compiled;
    const bytes = code.length * FLOAT;
    const limits = limitsFor(compiled, adapter);
    const device = await adapter.requestDevice({ requiredLimits: limits });
    device.pushErrorScope('out-of-memory');
    const memory = device.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC | COPY_DST });
    const full = await device.popErrorScope();
    if (full) {
      device.destroy();
      const problem = `the graphics card has no room for ${megabytes(bytes)}`;
      throw new TooLarge(problem, fitting(compiled, undefined));
    }
    const layout = device.createBindGroupLayout({
      entries: BINDINGS.map((buffer, binding) => ({ binding, visibility: COMPUTE, buffer })),
    });
    const whole = device.createPipelineLayout({ bindGroupLayouts: [layout] });
    const kernels = await code.kernels();
    const { shaders } = kernels;
    let done = 0;
    const compiling = shaders.map(async (text) => {
      const module = device.createShaderModule({ code: text });
      const pipeline = await device.createComputePipelineAsync({
        layout: whole,
        compute: { module, entryPoint: 'kernel' },
      });
      told?.(++done, shaders.length);
      return pipeline;
    });
    const [kernel, ...pipelines] = await Promise.all([compileByteKernel(device), ...compiling]);
    return new Card(describe(adapter, limits), device, memory, pipelines, kernel, layout, kernels);
  }

  #requireDevice(): void {
    if (this.#lost === undefined) return;
    const hint = 'make a new trainer, and load what `save` gives';
    refuse(GONE, `the graphics card is gone: ${this.#lost}`, hint);
  }

  /** Takes effect before the work that is given next. */
  write(offset: number, values: Float32Array): void {
    this.device.queue.writeBuffer(this.memory, offset * FLOAT, values);
  }

  /** Where images that are bytes are written, of which floats are made before the work that is given next. */
  unpack(region: DeviceRegion, slot: StagedSlot, most: number): ByteImages {
    const { device, bytes, memory } = this;
    const key = `${slot.source} ${region.start}`;
    const known = this.#images.get(key) ?? new ByteImages(device, bytes, memory, region, slot, most);
    this.#images.set(key, known);
    this.#packed.push(known);
    return known;
  }

  /** Forgets the largest magnitude that was seen. */
  forget(): void {
    this.device.queue.writeBuffer(this.#greatest, 0, new Uint32Array(4));
  }

  /**
   * Gives the work to the card, behind all that it was given before. When it is done the parts of memory are there, and the bits of the
   * largest magnitude seen; `before`: a part as it was before the work. Throws CNN4161 then where the card is gone.
   */
  async run(work: Work | undefined, reads: readonly Range[], before?: Range): Promise<Done> {
    this.#requireDevice();
    const { device } = this;
    const encoder = device.createCommandEncoder();
    const wanted = before ? [before, ...reads] : reads;
    const reader = this.#readerOf(wanted.reduce((floats, { length }) => floats + length, 1) * FLOAT);
    let at = 0;
    const copy = ({ offset, length }: Range) => {
      encoder.copyBufferToBuffer(this.memory, offset * FLOAT, reader.buffer, at, length * FLOAT);
      at += length * FLOAT;
    };
    if (before) copy(before);
    if (work) this.#encode(encoder, work);
    for (const range of reads) copy(range);
    encoder.copyBufferToBuffer(this.#greatest, 0, reader.buffer, at, FLOAT);
    device.queue.submit([encoder.finish()]);
    const all = new Float32Array(await this.#bytesOf(reader, at + FLOAT));
    let next = 0;
    const values = wanted.map(({ length }) => all.subarray(next, (next += length)));
    return {
      before: before && values.shift(),
      values,
      greatest: new Uint32Array(all.buffer)[at / FLOAT]!,
    };
  }

  #encode(encoder: GpuEncoder, { program, dispatches, count }: Work): void {
    const { groups } = program;
    const batch = Uint32Array.of(count, groups, INFINITY_BITS, NAN_BITS);
    if (String(batch) !== this.#told) this.device.queue.writeBuffer(this.#batch, 0, batch);
    this.#told = String(batch);
    const pass = encoder.beginComputePass();
    for (const images of this.#packed) images.encode(pass);
    this.#packed = [];
    for (const dispatch of dispatches) {
      const { shader, over, size } = dispatch;
      const workgroups = Math.ceil(size / WORKGROUP);
      const times = Math.ceil(workgroups / MOST_WORKGROUPS);
      pass.setPipeline(this.pipelines[shader]!);
      pass.setBindGroup(0, this.#group, [this.#places.get(dispatch)!]);
      const each = over === 'blocks' ? count : over === 'groups' ? groups : 1;
      pass.dispatchWorkgroups(Math.ceil(workgroups / times), each, times);
    }
    pass.end();
  }

  async #bytesOf(reader: Reader, bytes: number): Promise<ArrayBuffer> {
    const { buffer } = reader;
    try {
      await buffer.mapAsync(READ);
    } catch (error) {
      // Telling of the loss may come later than what it breaks.
      await Promise.race([this.device.lost, new Promise((resolve) => setTimeout(resolve, TELLING))]);
      this.#lost ??= (error as Error).message;
      this.#requireDevice();
    }
    const found = buffer.getMappedRange().slice(0, bytes);
    buffer.unmap();
    this.#readers.push(reader);
    return found;
  }

  /** One of the same size that is free, else a new one: there are as many as pieces of work under way. */
  #readerOf(wanted: number): Reader {
    const bytes = wanted > MUCH ? wanted : 2 ** Math.ceil(Math.log2(wanted));
    const free = this.#readers.findIndex((reader) => reader.bytes === bytes);
    if (free >= 0) return this.#readers.splice(free, 1)[0]!;
    return { bytes, buffer: this.device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST }) };
  }

  destroy(): void {
    this.device.destroy();
  }
}
