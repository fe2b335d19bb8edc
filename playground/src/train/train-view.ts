/** @file The tab that trains: controls, curves of this run and those before, and what the network sees meanwhile. */
import { type Curve as Line, lineChart } from '../../../src/pages/line-chart.ts';
import { button, element } from '../../../src/pages/report/dom.ts';
import type { DeviceChoice as Chosen } from '../../../src/runtime/device-api.ts';
import { Latest } from '../latest.ts';
import { inline } from '../markdown.ts';
import type { Program } from '../program.ts';
import type { DataSource } from '../training/data-for.ts';
import { DataChoice } from './data-choice.ts';
import { DeviceChoice } from './device-choice.ts';
import { LookView } from './look-view.ts';
import { Run } from './run.ts';

/** What is trained: a program, and its network where it has several. */
export interface Variant {
  readonly name: string;
  readonly text: string;
  readonly network?: string;
  /** What it is trained on; drawn digits unless given. */
  readonly source?: DataSource;
}

/** Runs whose curves are shown; the oldest goes. */
const MOST_RUNS = 4;
/** Milliseconds between two drawings of the curves, and two looks into the network. */
const [DRAWN_EVERY, LOOKED_EVERY] = [250, 500];

const STATES = {
  preparing: 'is being compiled',
  ready: 'is ready',
  training: 'trains',
  paused: 'is paused',
  finished: 'has finished its epochs',
  failed: 'stopped',
  kept: 'is kept to compare',
} as const;

/** Threads where the page may share memory. */
function threadsHere(): number {
  return globalThis.crossOriginIsolated ? Math.min(8, navigator.hardwareConcurrency || 1) : 1;
}

export class TrainView {
  readonly element = element('div');
  readonly #data = new DataChoice();
  readonly #device = new DeviceChoice();
  /** What was measured in this page: it is not measured again. */
  readonly #choices: Chosen[] = [];
  readonly #look = new LookView(() => void this.#see());
  readonly #train = button('Train', () => void this.toggle());
  readonly #rate = element('input', { type: 'range', min: -5, max: 1, step: 0.05, value: -1.3 });
  readonly #rateText = element('output');
  readonly #state = element('p', { role: 'status', class: 'state' });
  readonly #note = element('p', { class: 'faint-text' });
  readonly #charts = element('div', { class: 'charts' });
  /** The run that is looked into. */
  readonly #chosen = element('select');
  readonly #chosenLabel = element('label', { hidden: true }, 'Look into', this.#chosen);
  readonly #forget = button('Forget the runs before', () => this.#forgetRuns());
  #runs: Run[] = [];
  /** Those that the controls are for: the last that were started together. */
  #live: Run[] = [];
  #drawn = 0;
  #looked = 0;
  readonly #draw = new Latest(async () => this.#drawCurves(), 0);

  constructor(readonly program: Program) {
    this.#train.className = 'primary';
    const step = button('Step', () => void this.#each((run) => run.step()));
    const reset = button('Start anew', () => void this.start([this.#variant()]));
    this.#rate.addEventListener('input', () => void this.#setRate());
    const rate = element('label', { class: 'rate' }, 'Learning rate', this.#rate, this.#rateText);
    this.element.append(
      this.#data.element,
      this.#device.element,
      element('div', { class: 'tools' }, this.#train, step, reset),
      rate,
      this.#state,
      this.#note,
      this.#charts,
      element('div', { class: 'tools' }, this.#chosenLabel, this.#forget),
      this.#look.element,
    );
    this.#look.element.hidden = true;
    this.#chosen.addEventListener('change', () => void this.#see());
    this.#showRate(10 ** this.#rate.valueAsNumber);
    this.#tell();
  }

  #variant(): Variant {
    const { text, network } = this.program;
    return { name: `run ${this.#runs.length + 1}`, text, network, source: this.#data.source };
  }

  /** Begins, pauses or goes on. A program or data that are others than those of the run begin a new one. */
  async toggle(): Promise<void> {
    const live = this.#live.filter((run) => run.isLive);
    const { source } = this.#data;
    const { wish } = this.#device;
    const isSame = this.#isOfProgram && live.some((run) => run.wish === wish && isEqual(run.source, source));
    if (live.some(({ state }) => state === 'training')) await this.#each((run) => run.pause());
    else if (live.length > 0 && isSame) await this.#each((run) => run.play());
    else await this.start([this.#variant()]);
  }

  /** Whether what is trained is the program as it is now. */
  get #isOfProgram(): boolean {
    return this.#live.some(({ text }) => text === this.program.text);
  }

  /** The program is another, or more is known of it. */
  programChanged(): void {
    const rate = this.program.trainable?.learningRate;
    if (rate !== undefined && !this.#isOfProgram) this.#showRate(rate);
    this.#tell();
  }

  /** Trains several side by side; what was trained before is kept to compare. */
  async start(variants: readonly Variant[]): Promise<void> {
    for (const run of this.#live) run.end();
    const runs = variants.map(
      ({ name, text, network, source = { kind: 'digits' } }) =>
        new Run(name, text, network, source, this.#device.wish, () => this.#changed()),
    );
    this.#live = runs;
    this.#runs.push(...runs);
    this.#chosen.replaceChildren(...runs.map(({ name }) => element('option', {}, name)));
    this.#chosenLabel.hidden = runs.length < 2;
    this.#look.element.hidden = true;
    while (this.#runs.length > Math.max(MOST_RUNS, runs.length)) this.#runs.shift();
    this.#tell();
    const threads = Math.max(1, Math.floor(threadsHere() / runs.length));
    await Promise.all(runs.map((run) => this.#begin(run, threads)));
  }

  async #begin(run: Run, threads: number): Promise<void> {
    try {
      const emitted = await this.program.compiler.ask('compile', run.text, run.network, run.wish);
      await run.prepare(emitted, { threads, choices: this.#choices });
      const choice = run.started?.choice;
      if (choice?.milliseconds && !this.#choices.some(({ hash }) => hash === choice.hash)) this.#choices.push(choice);
      if (run.rate !== undefined) this.#showRate(run.rate);
      if (run.state === 'ready') await run.play();
    } catch (error) {
      run.fail(error);
    }
  }

  #forgetRuns(): void {
    this.#runs = [...this.#live];
    this.#tell();
    this.#drawCurves();
  }

  async #each(work: (run: Run) => Promise<void>): Promise<void> {
    await Promise.all(this.#live.filter((run) => run.isLive).map(work));
  }

  async #setRate(): Promise<void> {
    const rate = Number((10 ** this.#rate.valueAsNumber).toPrecision(2));
    this.#showRate(rate, false);
    await this.#each((run) => run.setRate(rate));
  }

  #showRate(rate: number, moves = true): void {
    if (moves) this.#rate.value = `${Math.log10(rate)}`;
    const text = `${Number(rate.toPrecision(3))}`;
    this.#rateText.textContent = text;
    this.#rate.setAttribute('aria-valuetext', text);
  }

  #changed(): void {
    this.#tell();
    const now = performance.now();
    if (now - this.#drawn > DRAWN_EVERY || !this.#live.some(({ state }) => state === 'training')) {
      this.#drawn = now;
      this.#draw.call();
    }
    if (now - this.#looked > LOOKED_EVERY || !this.#live.some(({ state }) => state === 'training')) void this.#see();
  }

  #tell(): void {
    const isTraining = this.#live.some(({ state }) => state === 'training');
    const isPaused = this.#live.some(({ state }) => state === 'paused' || state === 'finished');
    this.#forget.hidden = this.#runs.length <= this.#live.length;
    const isOther = this.#live.length > 0 && !this.#isOfProgram;
    this.#train.textContent = isTraining ? 'Pause' : isPaused && !isOther ? 'Go on' : 'Train';
    const states = this.#live.map(stateText);
    if (isOther && this.program.trainable?.fits)
      states.push(`The program has changed: ${isTraining ? 'Start anew' : 'Train'} begins a new run.`);
    show(this.#state, states.join(' ') || 'Train the network of the program, in this page.');
    const notes = this.#live.flatMap(({ started, notice }) => [started?.note, notice && sentence(notice)]);
    const note = [...new Set(notes)].filter(Boolean).join(' ');
    show(this.#note, note);
  }

  #drawCurves(): void {
    // Names are texts of ours, and `lineChart` escapes them.
    this.#charts.innerHTML = chartsOf(this.#runs).join('');
  }

  /** The run that is looked into. */
  get #subject(): Run | undefined {
    const chosen = this.#live[Math.max(0, this.#chosen.selectedIndex)];
    return chosen?.isLive && chosen.started ? chosen : undefined;
  }

  /** What there is of the run that is looked into; its weights as safetensors. */
  async trained() {
    const run = this.#subject;
    const weights = await run?.weights();
    if (!run || !weights) return undefined;
    const { networkName: name, text, network, started } = run;
    return { name, text, network, weights, classes: started?.classes ?? [], charts: chartsOf([run]).join('') };
  }

  async #see(): Promise<void> {
    const run = this.#subject;
    if (!run) return;
    this.#looked = Number.POSITIVE_INFINITY;
    try {
      const look = await run.look(this.#look.subject);
      if (look) this.#look.show(look, run.started!.classes);
      this.#look.element.hidden = false;
    } finally {
      this.#looked = performance.now();
    }
  }
}

/** Files and drawings are compared one by one: they are never changed, only replaced. */
function isEqual(one: DataSource, other: DataSource): boolean {
  const parts = (source: DataSource): readonly unknown[] =>
    source.kind === 'files'
      ? [source.options, ...source.files.map(({ file }) => file)]
      : source.kind === 'drawn'
        ? source.classes.flatMap(({ name, pictures }) => [name, ...pictures])
        : [];
  const [left, right] = [parts(one), parts(other)];
  return one.kind === other.kind && left.length === right.length && left.every((part, k) => part === right[k]);
}

/** Loss and accuracy of some runs, as SVG; none of what has no points yet. */
function chartsOf(runs: readonly Run[]): string[] {
  const lines = (pick: (run: Run) => readonly Line[]) => runs.flatMap(pick).filter(({ points }) => points.length > 0);
  const loss = lines((run) => [
    { name: `${run.name}, training`, points: run.loss.points },
    { name: `${run.name}, test`, points: run.testLoss },
  ]);
  const accuracy = lines((run) => [
    { name: `${run.name}, training`, points: run.accuracy.points },
    { name: `${run.name}, test`, points: run.testAccuracy },
  ]);
  const x = { label: 'steps' };
  const y = { label: '%', most: 100 };
  return [
    ...(loss.length > 0 ? [lineChart({ title: 'Loss', x, y: lossAxis(loss), curves: loss })] : []),
    ...(accuracy.length > 0 ? [lineChart({ title: 'Accuracy', x, y, curves: accuracy })] : []),
  ];
}

/** A run that is thrown far up at first would press all others to the ground. */
function lossAxis(curves: readonly Line[]) {
  const most = Math.max(...curves.flatMap(({ points }) => points.map(([, loss]) => loss)));
  return most > 50 ? { label: 'loss', log: true } : { label: 'loss', least: 0 };
}

/** Text with `code` in it, where it is another than before. */
function show(place: HTMLElement, text: string): void {
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  place.replaceChildren(...inline(text));
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function stateText(run: Run): string {
  const { name, state, progress, problem, speed, testAccuracy, started, card, compiling } = run;
  const parts = [`${name} ${STATES[state]}${problem ? `: ${problem.replace(/\.$/, '')}` : ''}`];
  if (state === 'preparing' && compiling) parts.push(`${compiling.done} of ${compiling.all} kernels`);
  if (progress) {
    const { epoch, epochs, step } = progress;
    parts.push(`epoch ${epoch} of ${epochs}, step ${step}`);
  }
  if (state === 'training' && speed) parts.push(`${Math.round(speed / 100) * 100} images a second`);
  if (started && started.threads > 1 && !card && state === 'training') parts.push(`${started.threads} threads`);
  if (card && state === 'training') parts.push(`on the graphics card (${card})`);
  const tested = testAccuracy.at(-1);
  if (tested) parts.push(`${tested[1].toFixed(1)} % of the test right`);
  return `${parts.join(', ')}.`;
}
