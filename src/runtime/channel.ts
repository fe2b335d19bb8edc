/**
 * @file Calls between two threads. What messages cannot carry, functions, iterables, signals and canvases, stays where it is, and
 * is called from the other side. Arrays are copied once, as far as they are seen, or are moved; shared memory is shared.
 */
import { TrainerError } from '../data/trainer-error.ts';
import { typeName } from './options.ts';

type Callable = Record<string, (...given: unknown[]) => unknown>;
type Key = number | string;

/** Stands for something that cannot be sent. */
interface Mark {
  readonly cnnc: 'function' | 'source' | 'batches' | 'signal' | 'kept';
  readonly key: Key;
  readonly aborted?: boolean;
}

/** A call, or where there is no `to` the answer to one. */
export interface Message {
  readonly id: number;
  readonly to?: Key;
  readonly name?: string;
  readonly given?: unknown;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string } & Partial<TrainerError>;
}

/** What lies on the other side. */
export class Kept {
  constructor(readonly key: Key) {}
}

/** What a call has left behind on both sides, and how it is taken away. */
export type Scope = (() => void)[];

function isPlain(value: unknown): value is Record<string, unknown> {
  const prototype = typeof value === 'object' && value ? Object.getPrototypeOf(value) : undefined;
  return prototype === null || prototype === Object.prototype;
}

/** Of a typed array that shares its memory with others, what it shows alone. */
function alone<View extends ArrayBufferView>(view: View): View {
  return (view as unknown as Uint8Array).slice() as unknown as View;
}

function toError({ name, message, code, problem, hint }: NonNullable<Message['error']>): Error {
  if (code) return new TrainerError(code as TrainerError['code'], problem!, hint!);
  return Object.assign(new Error(message), { name });
}

export class Channel {
  readonly #objects = new Map<Key, Callable>();
  readonly #kept = new Map<Key, unknown>();
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #last = 0;
  #ended: Error | undefined;

  constructor(
    readonly post: (message: Message, transfer: ArrayBuffer[]) => void,
    /** Told whether answers are waited for. */
    readonly onWait: (waits: boolean) => void = () => {},
  ) {}

  /** Can be called from the other side from now on. */
  offer(object: object, key: Key = ++this.#last): Key {
    this.#objects.set(key, object as Callable);
    return key;
  }

  withdraw(key: Key): void {
    this.#objects.delete(key);
  }

  keep(value: unknown): Key {
    this.#kept.set(++this.#last, value);
    return this.#last;
  }

  drop(key: Key): void {
    this.#kept.delete(key);
  }

  /** `moves`: arrays that fill their memory go over with it, and are empty here afterwards. */
  call(to: Key, name: string, given: readonly unknown[] = [], scope: Scope = [], moves = false): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = ++this.#last;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.onWait(true);
    this.#send({ id, to, name, given }, scope, moves);
    return answer;
  }

  /** Nothing is answered any more. */
  end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.onWait(false);
  }

  async receive({ id, to, name, given, value, error }: Message): Promise<void> {
    if (to === undefined) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      this.onWait(this.#waiting.size > 0);
      if (error) waiting?.reject(toError(error));
      else waiting?.resolve(this.#decode(value));
      return;
    }
    try {
      const result = await this.#objects.get(to)?.[name!]?.(...(this.#decode(given) as unknown[]));
      this.#send({ id, value: result }, [], true);
    } catch (thrown) {
      const { name, message, code, problem, hint } = thrown as TrainerError;
      this.post({ id, error: { name, message, code, problem, hint } }, []);
    }
  }

  #send(message: Message, scope: Scope, moves: boolean): void {
    const transfer: ArrayBuffer[] = [];
    const part = 'given' in message ? 'given' : 'value';
    this.post({ ...message, [part]: this.#encode(message[part], transfer, scope, moves) }, transfer);
  }

  #mark(cnnc: Mark['cnnc'], object: object, scope: Scope): Mark {
    const key = this.offer(object);
    scope.push(() => this.withdraw(key));
    return { cnnc, key };
  }

  #encode(value: unknown, transfer: ArrayBuffer[], scope: Scope, moves: boolean): unknown {
    const encode = (part: unknown) => this.#encode(part, transfer, scope, moves);
    if (ArrayBuffer.isView(value)) {
      if (typeName(value.buffer) === 'SharedArrayBuffer') return value;
      const sent = moves && value.byteLength === value.buffer.byteLength ? value : alone(value);
      if (!transfer.includes(sent.buffer as ArrayBuffer)) transfer.push(sent.buffer as ArrayBuffer);
      return sent;
    }
    if (value instanceof Kept) return { cnnc: 'kept', key: value.key };
    if (typeof value === 'function')
      return this.#mark('function', { call: (...given: unknown[]) => value(...given) }, scope);
    if (typeName(value) === 'AbortSignal') return this.#encodeSignal(value as AbortSignal, scope);
    if (Array.isArray(value)) return value.map(encode);
    if (value instanceof Map) return new Map([...value].map(([key, part]) => [key, encode(part)]));
    const { read, batches, getContext, width, height } = Object(value);
    if (typeof getContext === 'function')
      return encode((value as Canvas).getContext('2d').getImageData(0, 0, width, height));
    if (typeName(value) === 'ImageData') return { width, height, data: encode((value as ImageData).data) };
    if (typeof read === 'function')
      return this.#mark('source', { read: (...given: [never, never]) => readInto(value as never, ...given) }, scope);
    if (!isPlain(value)) return value;
    const parts = Object.entries(value).map(([key, part]) => [
      key,
      key === 'batches' && batches
        ? this.#mark('batches', { open: () => this.offer(iterate(batches)) }, scope)
        : encode(part),
    ]);
    return Object.fromEntries(parts);
  }

  #encodeSignal(signal: AbortSignal, scope: Scope): Mark {
    const key = `signal ${++this.#last}`;
    const abort = () => void this.call(key, 'abort').catch(() => {});
    signal.addEventListener('abort', abort);
    scope.push(() => {
      signal.removeEventListener('abort', abort);
      void this.call(key, 'end').catch(() => {});
    });
    return { cnnc: 'signal', key, aborted: signal.aborted };
  }

  #decode(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((part) => this.#decode(part));
    if (value instanceof Map) return new Map([...value].map(([key, part]) => [key, this.#decode(part)]));
    if (!isPlain(value)) return value;
    const mark = value as unknown as Mark;
    if (mark.cnnc !== undefined) return this.#restore(mark);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, this.#decode(part)]));
  }

  #restore({ cnnc, key, aborted }: Mark): unknown {
    if (cnnc === 'kept') return this.#kept.get(key);
    if (cnnc === 'signal') return this.#restoreSignal(key, aborted);
    if (cnnc === 'source') return { read: (indices: Int32Array, into: Uint8Array) => this.#read(key, indices, into) };
    if (cnnc === 'batches') return () => ({ [Symbol.asyncIterator]: () => this.#iterator(key) });
    return (...given: unknown[]) => {
      const answer = this.call(key, 'call', given);
      answer.catch(() => {});
      return answer;
    };
  }

  #restoreSignal(key: Key, aborted: boolean | undefined): AbortSignal {
    const controller = new AbortController();
    if (aborted) controller.abort();
    this.offer({ abort: () => controller.abort(), end: () => this.withdraw(key) }, key);
    return controller.signal;
  }

  async #read(key: Key, indices: Int32Array, into: Uint8Array): Promise<readonly number[] | undefined> {
    const { bytes, bad } = (await this.call(key, 'read', [indices, into.length])) as Awaited<
      ReturnType<typeof readInto>
    >;
    into.set(bytes);
    return bad;
  }

  #iterator(key: Key): AsyncIterator<unknown> {
    const opened = this.call(key, 'open') as Promise<Key>;
    const call = async (name: string) => (await this.call(await opened, name)) as IteratorResult<unknown>;
    return { next: () => call('next'), return: () => call('return') };
  }
}

interface Canvas {
  getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): unknown };
}

interface Source {
  read(indices: Int32Array, into: Uint8Array): Promise<readonly number[] | undefined>;
}

async function readInto(source: Source, indices: Int32Array, length: number) {
  const bytes = new Uint8Array(length);
  return { bad: await source.read(indices, bytes), bytes };
}

/** One iteration, which can be ended whether or not its source knows of ends. */
function iterate(batches: unknown): object {
  const given = typeof batches === 'function' ? batches() : batches;
  const iterator = (given[Symbol.asyncIterator] ?? given[Symbol.iterator]).call(given);
  return { next: () => iterator.next(), return: () => iterator.return?.() };
}
