/**
 * @file The stored numbers against what the scripts write now: `npm run oracle`, where PyTorch is installed. Not part of
 * `npm test`: it takes minutes, and its last bits depend on the machine's BLAS.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { CURVES, OPERATOR_FILES } from './cases.ts';
import { expectSame } from './compare.ts';

/** A Python with a module: $PYTHON, the first on the path, or the system's. */
function pythonWith(module: string): string | undefined {
  const candidates = [process.env.PYTHON, 'python3', '/usr/bin/python3'].filter((name) => name !== undefined);
  return candidates.find((name) => {
    try {
      execFileSync(name, ['-c', `import ${module}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

describe('made again', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const scripts = [
    // Twenty steps may magnify the last bits of f64 where another processor sums in another order.
    { script: 'make_curves.py', files: CURVES.map((name) => `curves-${name}.json`), tolerance: 1e-9 },
    ...OPERATOR_FILES.map((file) => ({
      script: `make_${file.replace('json', 'py')}`,
      files: [file],
      tolerance: 1e-12,
    })),
    { script: 'make_powers.py', files: ['powers.json'], tolerance: 1e-12 },
    { script: 'make_extremes.py', files: ['extremes.json'], tolerance: 1e-12 },
    { script: 'make_optimizers.py', files: ['optimizers.json'], tolerance: 1e-12 },
  ].map((script) => ({ ...script, module: 'torch' }));
  scripts.push({ script: 'make_zoo.py', files: ['zoo.json'], tolerance: 0, module: 'torchvision' });
  const pythons = new Map(['torch', 'torchvision'].map((module) => [module, pythonWith(module)]));

  for (const { script, files, tolerance, module } of scripts)
    test(`${script} writes the stored numbers`, { timeout: 600_000 }, (context) => {
      const python = pythons.get(module);
      if (!python) return context.skip(`no python3 with ${module} on this machine`);
      const target = mkdtempSync(join(tmpdir(), 'cnnc-oracle-'));
      try {
        execFileSync(python, ['-B', join(folder, script), target], { stdio: ['ignore', 'ignore', 'inherit'] });
        for (const file of files) {
          const load = (from: string): unknown => JSON.parse(readFileSync(join(from, file), 'utf8'));
          expectSame(load(target), load(folder), tolerance, file);
        }
      } finally {
        rmSync(target, { recursive: true, force: true });
      }
    });
});
