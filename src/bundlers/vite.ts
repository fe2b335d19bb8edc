/**
 * @file The plugin for Vite, and for Rollup: `.cnn` files are modules that train. While Vite serves, a network that is edited
 * takes the place of the earlier one in the trainers there are, with the weights of the layers that did not change.
 */
import { declareNetwork } from './declare-network.ts';
import { declaredQuery, loadNetwork, type Problem } from './load-network.ts';
import type { PluginOptions } from './plugin-options.ts';
import { BEHIND, frontOf } from './replaceable.ts';

interface RollupLog {
  readonly message: string;
  readonly id?: string;
  readonly frame?: string;
  readonly loc?: { readonly file: string; readonly line: number; readonly column: number };
  readonly pluginCode?: string;
}

/** What this plugin uses of Rollup, whose own types are of one version. */
interface Context {
  addWatchFile(file: string): void;
  warn(log: RollupLog): void;
  error(log: RollupLog): never;
}

export interface NetworkPlugin {
  readonly name: string;
  readonly enforce: 'pre';
  configResolved(config: { readonly command: 'build' | 'serve' }): void;
  load(this: Context, id: string): Promise<{ code: string; map: null } | undefined>;
}

/** Other plugins of Vite give these a meaning for all files. */
const NOT_OURS = ['raw', 'url', 'worker', 'sharedworker'];

/** `import cnnc from 'cnnc/vite'`, then `plugins: [cnnc()]` in `vite.config.js`. */
export default function cnnc({ types = true }: PluginOptions = {}): NetworkPlugin {
  let serves = false;
  return {
    name: 'cnnc',
    enforce: 'pre',
    configResolved({ command }) {
      serves = command === 'serve';
    },
    async load(id) {
      const [path, query = ''] = id.split('?') as [string, string?];
      const words = new URLSearchParams(query);
      if (!path.endsWith('.cnn') || NOT_OURS.some((word) => words.has(word))) return undefined;
      if (serves && !words.has(BEHIND) && !words.has('inference')) {
        this.addWatchFile(path);
        return { code: frontOf(`${path}?${query === '' ? '' : `${query}&`}${BEHIND}`), map: null };
      }
      words.delete(BEHIND);
      const { module, problems, files } = await loadNetwork(path, `${words}`);
      for (const file of files) this.addWatchFile(file);
      for (const problem of problems) if (problem.severity !== 'error') this.warn(logOf(problem, id));
      const error = problems.find(({ severity }) => severity === 'error');
      if (!module) this.error(logOf(error!, id));
      const obstacle = types && (await declareNetwork(path, declaredQuery(words), module.declarations));
      if (obstacle) this.warn({ message: obstacle, id });
      return { code: module.code, map: null };
    },
  };
}

function logOf({ message, help, text, place }: Problem, id: string): RollupLog {
  return {
    message: help === undefined ? message : `${message}: ${help}`,
    id,
    frame: text,
    ...(place && { loc: { file: place.file, line: place.line, column: place.column } }),
  };
}
