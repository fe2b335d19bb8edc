/**
 * @file The process of one contender written in JavaScript: `node contender-host.mjs CONTENDER.mjs`. The contender's
 * file exports `setup(task)`, which gives `{ skip }` or `{ version, parameters, train, accuracy }`: `train(from, batches)`
 * returns the last loss, or `{ skip }` where it turns out that it cannot; `accuracy()` is taken over the test images.
 */
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { peakMemory } from './machine.mjs';

const base = peakMemory();
let contender;

async function timed(work) {
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  const loss = await work();
  if (loss.skip !== undefined) return loss;
  const seconds = (performance.now() - before) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds, cpu: (user + system) / 1e6, loss };
}

const commands = {
  async setup(task) {
    const { setup } = await import(pathToFileURL(process.argv[2]).href);
    contender = await setup(task);
    const { skip, version, parameters } = contender;
    return { skip, version, parameters };
  },
  train: ({ from, batches }) => timed(() => contender.train(from, batches)),
  test: async () => ({ accuracy: await contender.accuracy() }),
  memory: () => ({ base, peak: peakMemory() }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await commands[command](rest))}\n`);
}
process.exit(0); // threads may still wait for work
