/** @file A further thread: a worker of Node, or of a page. */

/** It has said that it is ready. */
export interface Thread {
  terminate(): unknown;
  /** It has ended by itself, as far as is known: that is told only when the event loop turns. */
  ended: boolean;
}

/** `source` defines `begin(data, ready)`, which is called there; it says `ready(message)`, and need not come back. */
export function startThread(source: string, data: unknown): Promise<Thread> {
  return globalThis.process?.versions?.node ? startInNode(source, data) : startInPage(source, data);
}

async function startInNode(source: string, workerData: unknown): Promise<Thread> {
  // By an import bundlers would have to be told of it. Node before 20.16 has no such call, and stays with one thread.
  const { Worker } = process.getBuiltinModule('worker_threads');
  const run = `const { parentPort, workerData } = require('worker_threads');
begin(workerData, (message) => parentPort.postMessage(message));`;
  // The program's own options, such as --input-type, are not meant for the worker.
  const worker = new Worker(`${source}\n${run}`, { eval: true, workerData, execArgv: [] });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', reject);
  });
  worker.unref();
  const started = { terminate: () => worker.terminate(), ended: false };
  worker.once('exit', () => {
    started.ended = true;
  });
  return started;
}

async function startInPage(source: string, data: unknown): Promise<Thread> {
  const run = 'onmessage = ({ data }) => begin(data, (message) => postMessage(message));';
  const url = URL.createObjectURL(new Blob([`${source}\n${run}`], { type: 'text/javascript' }));
  const worker = new Worker(url);
  await new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = reject;
    worker.postMessage(data);
  }).finally(() => URL.revokeObjectURL(url));
  const started = { terminate: () => worker.terminate(), ended: false };
  worker.onerror = () => {
    started.ended = true;
  };
  return started;
}

/** How many threads to use of those wanted: one where memory cannot be shared. */
export function countThreads(wanted: number | undefined, most: number): number {
  const shares = typeof SharedArrayBuffer === 'function' && (globalThis.crossOriginIsolated ?? true);
  return shares ? Math.max(1, Math.min(Math.floor(wanted || 1), most)) : 1;
}

/** All of them, or none where one cannot be started. */
export async function startThreads(starting: readonly Promise<Thread>[]): Promise<Thread[] | undefined> {
  const settled = await Promise.allSettled(starting);
  const threads = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (threads.length === starting.length) return threads;
  for (const thread of threads) thread.terminate();
  return undefined;
}
