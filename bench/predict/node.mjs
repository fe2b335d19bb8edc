/** @file The process of one party in Node: `node node.mjs FOLDER PLACES`, where `PLACES` is JSON, where libraries lie. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { answering } from './parties.mjs';

const [folder, places] = process.argv.slice(2);

const answers = answering({
  url: (name) => pathToFileURL(join(folder, name)).href,
  // A copy of its own: small files lie in a common buffer.
  bytes: (name) => new Uint8Array(readFileSync(join(folder, name))),
  async runtime(name) {
    const { file, binaries } = JSON.parse(places)[name];
    const loaded = await import(pathToFileURL(file).href);
    return { ...(loaded.tf ? loaded : loaded.default), ...loaded, binaries };
  },
});

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await answers[command](rest))}\n`);
}
process.exit(0); // threads may still wait for work
