/** @file The plugin for esbuild: `.cnn` files are modules that train. */
import { resolve } from 'node:path';
import { declareNetwork } from './declare-network.ts';
import { declaredQuery, type LoadedNetwork, loadNetwork, type Problem } from './load-network.ts';
import type { PluginOptions } from './plugin-options.ts';

/** What this plugin uses of esbuild, whose own types are of one version. */
interface Build {
  onResolve(
    options: { filter: RegExp },
    callback: (args: {
      path: string;
      resolveDir: string;
    }) => { path: string; suffix: string; namespace: string } | undefined,
  ): void;
  onLoad(
    options: { filter: RegExp; namespace: string },
    callback: (args: { path: string; suffix: string }) => Promise<object>,
  ): void;
}

interface Message {
  readonly text: string;
  readonly location: (Problem['place'] & { readonly namespace: string }) | null;
  readonly notes: { readonly text: string }[];
}

/** `import cnnc from 'cnnc/esbuild'`, then `build({ plugins: [cnnc()] })`. */
export default function cnnc({ types = true }: PluginOptions = {}): { name: string; setup: (build: Build) => void } {
  return {
    name: 'cnnc',
    setup(build) {
      build.onResolve({ filter: /\.cnn(\?.*)?$/ }, ({ path, resolveDir }) => {
        if (!/^\.{0,2}[/\\]|^[A-Za-z]:/.test(path)) return undefined;
        const [file, query] = path.split('?');
        return { path: resolve(resolveDir, file!), suffix: query === undefined ? '' : `?${query}`, namespace: 'cnnc' };
      });
      build.onLoad({ filter: /./, namespace: 'cnnc' }, async ({ path, suffix }) => {
        const loaded = await loadNetwork(path, suffix.slice(1));
        const { module, files } = loaded;
        const warnings = messagesOf(loaded, (problem) => problem.severity !== 'error');
        const query = declaredQuery(new URLSearchParams(suffix));
        const obstacle = module && types && (await declareNetwork(path, query, module.declarations));
        if (obstacle) warnings.push({ text: obstacle, location: null, notes: [] });
        return {
          ...(module && { contents: module.code, loader: 'js' }),
          errors: messagesOf(loaded, (problem) => problem.severity === 'error'),
          warnings,
          watchFiles: files,
        };
      });
    },
  };
}

function messagesOf({ problems }: LoadedNetwork, isWanted: (problem: Problem) => boolean): Message[] {
  return problems.filter(isWanted).map(({ message, help, place }) => ({
    text: message,
    location: place ? { ...place, namespace: '' } : null,
    notes: help === undefined ? [] : [{ text: help }],
  }));
}
