/** @file The same in a page: `globalThis.ask(message)`. */
import { answering } from './parties.mjs';

const answers = answering({
  url: (name) => new URL(`/files/${name}`, location.href).href,
  bytes: async (name) => new Uint8Array(await (await fetch(`/files/${name}`)).arrayBuffer()),
  async runtime(name) {
    const { file, binaries } = globalThis.places[name];
    const loaded = await import(new URL(file, location.href).href);
    if (loaded.env) loaded.env.wasm.wasmPaths = new URL(binaries, location.href).href;
    return { ...loaded, binaries: new URL(binaries, location.href).href };
  },
});

globalThis.ask = ({ command, ...rest }) => answers[command](rest);
