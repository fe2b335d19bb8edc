/**
 * @file The trainer of a module for the processor and for graphics cards: the same network for both, and the choice between
 * them, which is measured here unless it was before.
 */
import type { TrainerError } from '../data/trainer-error.ts';
import { describe, findAdapter } from './card.ts';
import type { AdapterInfo, AutoOptions, DeviceChoice, DeviceTrainer } from './device-api.ts';
import type { DeviceEngine } from './device-engine.ts';
import { DEVICE_OPTIONS, gpuOf, MOST_LOSSES, makeEngine, makeTrainer, openCard, settleAt } from './device-trainer.ts';
import type { Compiled } from './executable.ts';
import type { GpuAdapter } from './gpu.ts';
import { HostPlace } from './host-place.ts';
import { measureStep, stepBatch } from './measure-step.ts';
import { checkOptions, type OptionSpecs, oneOf } from './options.ts';
import type { CompiledForDevice, Place } from './place.ts';
import { isChoice, recall, remember } from './remember-choice.ts';
import { TRAINER_OPTIONS } from './trainer.ts';

const AUTO_OPTIONS: OptionSpecs<AutoOptions> = {
  ...TRAINER_OPTIONS,
  ...DEVICE_OPTIONS,
  device: oneOf('auto', 'webgpu', 'cpu'),
  choice: { fits: isChoice, wanted: 'the `choice` of a trainer' },
};

/** What is decided, and where the programs run then. */
type Decided = Pick<DeviceChoice, 'device' | 'reason' | 'milliseconds'> & { readonly place: Place };

class Chooser {
  readonly engine: DeviceEngine;

  constructor(
    readonly compiled: Compiled,
    readonly card: CompiledForDevice,
    readonly options: AutoOptions,
  ) {
    this.engine = makeEngine(card, options.seed);
  }

  openHost(): Promise<Place> {
    return HostPlace.open(this.engine, this.compiled, this.options);
  }

  openCard(adapter: GpuAdapter): Promise<Place> {
    const { card, engine, options } = this;
    const { gpu, onCompile } = options;
    return openCard(engine, card, adapter, { gpu, onCompile });
  }

  async onHost(reason: string): Promise<Decided> {
    return { device: 'cpu', reason, place: await this.openHost() };
  }

  /** An adapter, and what it is; why there is none, or none that is worth it. */
  async adapter(): Promise<{ adapter: GpuAdapter; info: AdapterInfo } | { reason: string }> {
    try {
      const adapter = await findAdapter(gpuOf({ gpu: this.options.gpu }));
      const info = describe(adapter);
      const reason = `${info.description} is a program that computes on the processor`;
      return info.software ? { reason } : { adapter, info };
    } catch (error) {
      return { reason: problemOf(error) };
    }
  }

  /** Each as often as it takes to tell them apart; where one cannot train this network the other does. */
  async measure(adapter: GpuAdapter): Promise<Decided> {
    const card = await this.attempt(() => this.openCard(adapter));
    if ('failed' in card) return this.onHost(card.failed);
    const host = await this.attempt(() => this.openHost());
    if ('failed' in host) return { device: 'webgpu', reason: host.failed, place: card.place };
    const places = { webgpu: card.place, cpu: host.place };
    const { webgpu, cpu } = { webgpu: await this.time(card.place), cpu: await this.time(host.place) };
    const [device, other] = webgpu < cpu ? (['webgpu', 'cpu'] as const) : (['cpu', 'webgpu'] as const);
    places[other].dispose();
    const images = stepBatch(this.compiled);
    const reason = `a step of ${images} images takes ${show(cpu)} on the processor and ${show(webgpu)} on the graphics card`;
    return { device, place: places[device], reason, milliseconds: { webgpu, cpu } };
  }

  /** What was opened, or why it was not. */
  async attempt(open: () => Promise<Place>): Promise<{ readonly place: Place } | { readonly failed: string }> {
    try {
      return { place: await open() };
    } catch (error) {
      return { failed: problemOf(error) };
    }
  }

  /** Where a card is gone: a card once more, or the processor. */
  async another(times: number): Promise<Place> {
    try {
      if (times <= MOST_LOSSES) return await this.openCard(await findAdapter(gpuOf({ gpu: this.options.gpu })));
    } catch {
      // Then there is none.
    }
    return this.openHost();
  }

  /** Milliseconds, without end where a step is refused. The states stay as they are. */
  async time(place: Place): Promise<number> {
    const { progress } = this.engine;
    const { step } = progress;
    place.push();
    const time = await measureStep(place, this.compiled).catch(() => Number.POSITIVE_INFINITY);
    progress.step = step;
    return time;
  }
}

export async function createTrainer(
  compiled: Compiled,
  given: AutoOptions | undefined,
  card: CompiledForDevice,
): Promise<DeviceTrainer> {
  checkOptions('createTrainer', given, AUTO_OPTIONS);
  const options = given ?? {};
  const chooser = new Chooser(compiled, card, options);
  const { decided, choice } = await decide(chooser, options);
  settleAt(chooser.engine, decided.place, options, (times) => chooser.another(times));
  if ((options.device ?? 'auto') === 'auto')
    options.onNotice?.({ kind: 'choice', message: `${WHERE[choice.device]} trains: ${choice.reason}` });
  return makeTrainer(chooser.engine, choice);
}

const WHERE = { webgpu: 'the graphics card', cpu: 'the processor' } as const;

async function decide(chooser: Chooser, options: AutoOptions): Promise<{ decided: Decided; choice: DeviceChoice }> {
  const { device = 'auto', threads = 1 } = options;
  const { hash } = chooser.compiled.network;
  const whole = (decided: Decided, adapter = '') => {
    const { place: _, ...chosen } = decided;
    return { decided, choice: { ...chosen, hash, adapter, threads } };
  };
  if (device === 'cpu') return whole(await chooser.onHost('it was asked for'));
  if (device === 'webgpu') {
    const place = await chooser.openCard(await findAdapter(gpuOf({ gpu: options.gpu })));
    return whole({ device, reason: 'it was asked for', place }, place.adapter!.description);
  }
  const found = await chooser.adapter();
  if ('reason' in found) return whole(await chooser.onHost(found.reason));
  const adapter = found.info.description;
  const known = [options.choice, recall(hash, adapter)].find(
    (one) => one?.hash === hash && one.adapter === adapter && one.threads === threads,
  );
  if (known) {
    const place = known.device === 'cpu' ? await chooser.openHost() : await chooser.openCard(found.adapter);
    return { decided: { ...known, place }, choice: known };
  }
  const made = whole(await chooser.measure(found.adapter), adapter);
  if (made.choice.milliseconds) remember(made.choice);
  return made;
}

function problemOf(error: unknown): string {
  return (error as Partial<TrainerError>).problem ?? String(error);
}

/** Milliseconds with two digits. */
function show(milliseconds: number): string {
  return `${Number(milliseconds.toPrecision(2))} ms`;
}
