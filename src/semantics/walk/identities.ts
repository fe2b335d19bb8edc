/** @file Which layer is applied: a new one, or one that has been applied before and shares its weights. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Group, Identity } from '../layers/naming.ts';
import { fail, help } from '../problems.ts';

/** The layers that one application of a shared block instance meets. */
interface Recording {
  readonly layers: Identity[];
  /** Set when the application follows an earlier one. */
  readonly earlier?: readonly Identity[];
}

export class Identities {
  /** In order of creation. */
  readonly all: Identity[] = [];
  readonly #recordings: Recording[] = [];
  readonly #series = new Map<string, number>();

  /** `names`: those of all layers, where they are planned. */
  constructor(readonly names: readonly string[] | undefined) {}

  /** The name under which the weights of a layer are known. */
  nameOf({ number }: Identity): string {
    return this.names?.[number] ?? `layer${number}`;
  }

  /** The number of the next layer in a series such as `features.`, from `first` on. */
  nextNumber(series: string, first: number): number {
    const number = Math.max(first, this.#series.get(series) ?? 0);
    this.#series.set(series, number + 1);
    return number;
  }

  /** The layer that is applied now: a known one, one of an earlier application, or a new one. Reports CNN3012. */
  identify(group: Group, operator: string, span: Span, known?: Identity, fixed?: string): Identity {
    const identity = known ?? this.#repeated(operator, span) ?? this.#create(group, operator, span, fixed);
    for (const { layers } of this.#recordings) layers.push(identity);
    identity.uses++;
    return identity;
  }

  #repeated(operator: string, span: Span): Identity | undefined {
    const recording = this.#recordings.find(({ earlier }) => earlier);
    if (!recording) return undefined;
    const found = recording.earlier![recording.layers.length];
    if (found?.operator !== operator)
      fail('CNN3012', 'this block was applied before and had other layers then', span, {
        ...help('apply it to inputs of one shape, or write the block again for weights of its own'),
      });
    return found;
  }

  #create(group: Group, operator: string, span: Span, fixed?: string): Identity {
    const identity: Identity = {
      number: this.all.length,
      operator,
      span,
      group,
      ...(fixed !== undefined && { fixed }),
      hasStates: false,
      uses: 0,
    };
    group.layers.push(identity);
    this.all.push(identity);
    return identity;
  }

  /** Runs an application of a shared block; gives the layers it meets. */
  recording(earlier: readonly Identity[] | undefined, action: () => void): readonly Identity[] {
    const recording: Recording = { layers: [], ...(earlier && { earlier }) };
    this.#recordings.push(recording);
    try {
      action();
    } finally {
      this.#recordings.pop();
    }
    return recording.layers;
  }
}
