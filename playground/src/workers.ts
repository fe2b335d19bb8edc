/** @file Workers by name: files beside the page, or, where the page is a single file, texts within it. */

export type WorkerName = 'language' | 'compiler' | 'training';

/** A single page has one text for the first two: the compiler knows the language. */
function textWithin(name: WorkerName): string | null | undefined {
  const own = document.getElementById(`worker-${name}`) ?? document.getElementById('worker-compiler');
  return own?.textContent;
}

export function startWorker(name: WorkerName): Worker {
  const text = textWithin(name);
  if (!text) return new Worker(new URL(`${name}.js`, document.baseURI), { type: 'module', name });
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  return new Worker(url, { name });
}

/** A table of functions, each of which a worker answers by name. */
// biome-ignore lint/suspicious/noExplicitAny: functions with any arguments are meant
export type Answers = Readonly<Record<string, (...given: any[]) => unknown>>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly given: readonly unknown[];
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly problem?: string;
  /** What the worker tells without being asked. */
  readonly event?: object;
}

/** Asks a worker that `serve`s a table. An answer that throws rejects the promise with its message. */
export class Client<Table extends Answers> {
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #last = 0;

  constructor(
    readonly worker: Worker,
    readonly told?: (event: object) => void,
  ) {
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if (data.event !== undefined) this.told?.(data.event);
      const waiting = this.#waiting.get(data.id);
      if (!waiting) return;
      this.#waiting.delete(data.id);
      if (data.problem === undefined) waiting.resolve(data.result);
      else waiting.reject(new Error(data.problem));
    });
    worker.addEventListener('error', ({ message }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(message));
      this.#waiting.clear();
    });
  }

  ask<Name extends keyof Table & string>(
    name: Name,
    ...given: Parameters<Table[Name]>
  ): Promise<Awaited<ReturnType<Table[Name]>>> {
    const id = ++this.#last;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.worker.postMessage({ id, name, given } satisfies Question);
    return answer as Promise<Awaited<ReturnType<Table[Name]>>>;
  }
}

/** In a worker: answers questions by a table, in their order but for those that wait for something. */
export function serve(table: Answers): void {
  const scope = globalThis as unknown as Worker;
  scope.addEventListener('message', async ({ data: { id, name, given } }: MessageEvent<Question>) => {
    try {
      scope.postMessage({ id, result: await table[name]!(...given) } satisfies Answer);
    } catch (error) {
      scope.postMessage({ id, problem: messageOf(error) } satisfies Answer);
    }
  });
}

/** In a worker: tells what nobody has asked for. */
export function tell(event: object): void {
  (globalThis as unknown as Worker).postMessage({ id: 0, event });
}

/** What went wrong, with what to do about it where that is known. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
