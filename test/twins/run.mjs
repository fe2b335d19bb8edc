/** @file `npm run twins`: all networks of the zoo and of the benchmarks, trained as our modules and as files for PyTorch. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { esbuildRuntime } from '../../scripts/runtime-plugin.mjs';

const names = process.argv.slice(2);

/** Files of the tests read others beside them: they keep their own places when they are bundled. */
const places = {
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /[/]test[/].*[.]ts$|[/]bench[/].*[.]mjs$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: path.endsWith('.ts') ? 'ts' : 'js',
    }));
  },
};

const place = mkdtempSync(join(tmpdir(), 'cnnc-twins-'));
const outfile = join(place, 'report.mjs');
try {
  // Packages that are CommonJS ask for `require`.
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    entryPoints: [fileURLToPath(new URL('report.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['esbuild', 'vitest'],
    logLevel: 'error',
    plugins: [esbuildRuntime, places],
    banner,
  });
  const { report } = await import(pathToFileURL(outfile));
  process.exitCode = await report(names);
} finally {
  rmSync(place, { recursive: true });
}
