/** @file `cnnc diff BEFORE AFTER`: what differs between two networks, or between two settings of one. */
import { compareNetworks } from '../../analysis/compare.ts';
import { type CompareTextOptions, comparisonMarkdown, comparisonText } from '../../analysis/compare-text.ts';
import type { Summary } from '../../analysis/summary.ts';
import { diffPage } from '../../pages/diff-page.ts';
import { summaryOf } from '../../report/summarize-module.ts';
import type { SourceOptions } from '../../semantics/understand.ts';
import { type CompileFileOptions, readAndCompile, reportingIn } from '../compile-file.ts';
import { EXIT, reportDiagnostics, sourcesOf } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { writePage } from '../write-page.ts';

export interface DiffOptions extends Pick<CompileFileOptions, 'set' | 'network' | 'allowImports' | 'json'> {
  readonly setBefore?: SourceOptions['set'];
  readonly setAfter?: SourceOptions['set'];
  readonly networkBefore?: string;
  readonly networkAfter?: string;
  readonly batch?: number;
  readonly md?: boolean;
  /** A page with both side by side goes there; `-` is standard output. */
  readonly html?: string;
}

/** Exit status 1 where a file has errors, whether the networks differ or not. Advice is what `check` is for. */
export async function diff([before, after]: readonly [string, string], options: DiffOptions, terminal: Terminal) {
  const { set, network, setBefore, setAfter, networkBefore, networkAfter } = options;
  const first = await summaryIn(
    before,
    { ...options, set: { ...set, ...setBefore }, network: networkBefore ?? network },
    terminal,
  );
  const second = await summaryIn(
    after,
    { ...options, set: { ...set, ...setAfter }, network: networkAfter ?? network },
    terminal,
  );
  if (!first || !second) return EXIT.failure;
  const found = compareNetworks(first, second);
  const names = { before: titleOf(before, first, setBefore), after: titleOf(after, second, setAfter) };
  if (options.html !== undefined) {
    const sides = [
      { title: names.before, summary: first },
      { title: names.after, summary: second },
    ] as const;
    await writePage(options.html, diffPage(...sides), `${first.network} and ${second.network}`, terminal);
  } else if (options.json) terminal.out(`${JSON.stringify(found, null, 2)}\n`);
  else if (options.md) terminal.out(comparisonMarkdown(found, names));
  else terminal.out(comparisonText(found, names, styleOf(terminal)));
  return EXIT.success;
}

/** Coloured where standard output is a terminal. */
function styleOf({ colors, outputWidth: width }: Terminal): CompareTextOptions {
  const painted = { added: colors.green, gone: colors.red, changed: colors.yellow };
  return width === undefined ? {} : { width, paint: (kind, text) => painted[kind](text) };
}

/** `resnet.cnn: ResNet, depth=34` */
function titleOf(path: string, { network }: Summary, set: SourceOptions['set'] = {}): string {
  const settings = Object.entries(set).map(([name, value]) => `, ${name}=${value}`);
  return `${path}: ${network}${settings.join('')}`;
}

async function summaryIn(path: string, options: DiffOptions, terminal: Terminal): Promise<Summary | undefined> {
  const { diagnostics, sources, elaboration } = await readAndCompile(path, options, terminal);
  reportDiagnostics(
    diagnostics.filter(({ severity }) => severity === 'error'),
    sourcesOf(sources),
    terminal,
  );
  let found: Summary | undefined;
  if (elaboration)
    await reportingIn(sources, terminal, async () => {
      found = summaryOf(elaboration, { batch: options.batch });
      return EXIT.success;
    });
  return found;
}
