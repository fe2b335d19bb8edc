/**
 * @file `editor`: milliseconds of processor time of what a language server does after a keystroke. The text is another one
 * each time, as it is while one types, and the process has been running for a while, as it has then.
 */
import { readFileSync } from 'node:fs';
import { importBundled } from '../bundle.mjs';
import { median } from '../harness.mjs';
import { figure, table } from '../table.mjs';

const files = ['lenet5', 'resnet', 'efficientnet_b0', 'densenet', 'inception_v3'];
const warmUp = 10;

const entry = `
export { Workspace } from '../src/lsp/workspace.ts';
export { inlayHints } from '../src/lsp/inlay-hints.ts';
export { completionsAt } from '../src/lsp/completion.ts';
`;

/** What is waited for, in the order in which a server does it. */
const steps = [
  [
    'mistakes and hints',
    ({ inlayHints }, workspace, file) => [workspace.analysis(file).mistakes, inlayHints(workspace, file)],
  ],
  ['advice too', (_, workspace, file) => workspace.analysis(file).diagnostics()],
  ['completion', ({ completionsAt }, workspace, file, at) => completionsAt(workspace, file, at)],
];

function processorTime(action) {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

export async function editorBenchmark({ repetitions }) {
  const core = await importBundled(entry);
  return files.map((name) => {
    const text = readFileSync(new URL(`../../examples/zoo/${name}.cnn`, import.meta.url), 'utf8');
    const at = text.indexOf('relu') + 2;
    const workspace = new core.Workspace();
    const times = steps.map(() => []);
    for (let round = 0; round < repetitions + warmUp; round++) {
      workspace.set('net.cnn', `${text}${' '.repeat(1 + (round % 2))}`);
      steps.forEach(([, run], k) => {
        const time = processorTime(() => run(core, workspace, 'net.cnn', at));
        if (round >= warmUp) times[k].push(time);
      });
    }
    return { network: name, ...Object.fromEntries(steps.map(([step], k) => [step, median(times[k])])) };
  });
}

export function showEditor(results) {
  const columns = steps.map(([step]) => step);
  const rows = results.map((result) => [result.network, ...columns.map((step) => figure(result[step]))]);
  return `editor: milliseconds of processor time after a keystroke\n${table(['network', ...columns], rows)}`;
}
