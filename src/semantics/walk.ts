/**
 * @file One walk over a network: the graph that grows, the layers met so far, and what was reported. The first walk only
 * plans (its graph is thrown away); the second and third build the models for training and inference.
 */
import { type Diagnostic, DiagnosticError, type Note, type Span } from '../diagnostics/diagnostic.ts';
import type { Instantiations } from '../formula/instantiations.ts';
import { GraphBuilder } from '../ir/builder.ts';
import type { Initialization, Node, Shape } from '../ir/graph.ts';
import type { StateRegistry } from '../ops/context.ts';
import type { Mode } from '../ops/operator.ts';
import type { Expression, Name, Stage } from '../syntax/ast.ts';
import type { Damage } from '../syntax/damage.ts';
import type { Claim } from './evaluate/claims.ts';
import type { InstanceValue, PlacedTensor, TensorValue, Value } from './evaluate/values.ts';
import type { Frozen, Group, Identity } from './layers/naming.ts';
import type { BlockInstance, Layer, ModelInput, ModelTarget } from './model.ts';
import type { Entry, Scope } from './names/scope.ts';
import { fail, help, KnownFailure } from './problems.ts';

export interface WalkOptions {
  readonly network: string;
  readonly mode: Mode;
  readonly states: StateRegistry;
  readonly formulas: Instantiations;
  /** The names of all layers in order of creation; absent in the walk that plans them. */
  readonly names?: readonly string[];
  /** The numbers of layers whose parameters are not trained. */
  readonly untrained?: ReadonlySet<number>;
  readonly weightInitializer: Pick<Initialization, 'kind' | 'value'>;
  /** In place of what the program says, by the names of the inputs; of an only input by ''. */
  readonly inputShapes?: ReadonlyMap<string, Shape>;
  /** What has been said of the files already. */
  readonly said?: readonly Diagnostic[];
  /** Of the text, where it has syntax errors: what is broken in it fails quietly. */
  readonly damage?: Damage;
  /** Told of every name that is come to, and what it stands for; nothing where it is built in or unknown. */
  readonly meet?: (name: Name, found: Entry<Value> | undefined) => void;
  /** Told what every expression and every stage of a pipeline gives, as often as it is run. */
  readonly observe?: (node: Expression | Stage, value: Value) => void;
  /** The two functions by which expressions and blocks call each other. */
  readonly evaluate: (place: Place, expression: Expression) => Value;
  readonly applyBlock: (place: Place, instance: InstanceValue, flow: PlacedTensor, naming: Naming) => TensorValue;
}

/** Where an expression stands. */
export interface Place {
  readonly walk: Walk;
  readonly scope: Scope<Value>;
  /** Takes the layers that the expression applies. */
  readonly group: Group;
  /** Numbers of the `for` rounds around it: `.0.2`. */
  readonly rounds: string;
}

/** How one application in a pipeline is named. */
export interface Naming {
  /** The in-place name. */
  readonly name?: string;
  /** The name stands in quotation marks. */
  readonly quoted?: boolean;
  /** Its number in a repeat. */
  readonly round?: number;
}

/** An in-place name drops the binding from the path. One in quotation marks that ends in a number counts on from it. */
export function inPlaceName({ walk, group, rounds }: Place, { name, round, quoted }: Naming): string | undefined {
  if (name === undefined) return undefined;
  const [, start, first] = (quoted && /^(.*?)(\d+)$/.exec(name)) || [];
  if (first !== undefined) {
    const series = `${group.prefix}${start}`;
    return `${series}${walk.nextNumber(series, Number(first))}`;
  }
  return `${group.prefix}${name}${rounds}${round === undefined ? '' : `.${round}`}`;
}

/** The layers that one application of a shared block instance meets. */
interface Recording {
  readonly layers: Identity[];
  /** Set when the application follows an earlier one. */
  readonly earlier?: readonly Identity[];
}

const maximumLayers = 5000;
const maximumBlocks = 64;
/** Of expressions within expressions, through all blocks. */
const maximumDepth = 1000;
/** Evaluated expressions, so that nested repeats of nothing end as well. */
const maximumSteps = 300_000;

export class Walk {
  readonly builder: GraphBuilder;
  readonly layers: Layer[] = [];
  /** The layers, and what is computed beside them. */
  readonly steps: Layer[] = [];
  readonly identities: Identity[] = [];
  readonly diagnostics: Diagnostic[];
  readonly inputs: ModelInput[] = [];
  readonly targets: ModelTarget[] = [];
  readonly outputs: { readonly name: string; readonly node: Node }[] = [];
  /** What is asserted of figures that are not known yet. */
  readonly claims: Claim[] = [];
  /** Metrics that the runtime has to finish, and what it makes of them. */
  readonly finishes = new Map<Node, string>();
  /** What is not trained. */
  readonly frozen: Frozen[] = [];
  /** One-hot vectors of class targets. */
  readonly oneHots = new Map<Node, Node>();
  /** New values of running statistics, by the node of the state. */
  readonly assigned = new Map<Node, Node>();
  /** The names that each body defines, found once. */
  readonly definitions = new Map<object, readonly Name[]>();
  readonly #blocks: BlockInstance[] = [];
  readonly #recordings: Recording[] = [];
  readonly #series = new Map<string, number>();
  #weight: Node | undefined;
  #seed: Node | undefined;
  #streams = 0;
  #steps = 0;
  #depth = 0;
  #applications = 0;

  constructor(readonly options: WalkOptions) {
    this.builder = new GraphBuilder(options.network);
    this.diagnostics = [...(options.said ?? [])];
  }

  evaluate(place: Place, expression: Expression): Value {
    return this.options.evaluate(place, expression);
  }

  weight(): Node {
    this.#weight ??= this.builder.source({ role: 'weight' }, [], 'weight');
    return this.#weight;
  }

  seed(): Node {
    this.#seed ??= this.builder.source({ role: 'seed' }, [], 'seed');
    return this.#seed;
  }

  /** The number of the next layer in a series such as `features.`, from `first` on. */
  nextNumber(series: string, first: number): number {
    const number = Math.max(first, this.#series.get(series) ?? 0);
    this.#series.set(series, number + 1);
    return number;
  }

  nextStream(): number {
    return this.#streams++;
  }

  /** Enters an expression; whoever does leaves it with `ascend`. Keeps the recursion within the stack. */
  descend(span: Span): void {
    this.step(span);
    if (++this.#depth > maximumDepth)
      fail('CNN4003', `expressions and blocks are nested more than ${maximumDepth} deep`, span, {
        ...help('a block that applies itself needs a condition that ends it'),
      });
  }

  ascend(): void {
    this.#depth--;
  }

  /** Counts the work, so that every program ends. */
  step(span: Span): void {
    if (++this.#steps > maximumSteps) this.#exhausted(`this network takes more than ${maximumSteps} steps`, span);
  }

  countLayer(span: Span): void {
    if (++this.#applications > maximumLayers)
      this.#exhausted(`this network has more than ${maximumLayers} layers`, span);
  }

  /** Said once; whatever is still to be done fails quietly. */
  #exhausted(message: string, span: Span): never {
    this.#steps = maximumSteps;
    if (this.diagnostics.some(({ code }) => code === 'CNN4002')) throw new KnownFailure();
    fail('CNN4002', message, span, help('repeat less'));
  }

  /** Runs `action`; what it reports is collected. Gives undefined after a failure. */
  attempt<Result>(action: () => Result): Result | undefined {
    const depth = this.#depth;
    try {
      return action();
    } catch (error) {
      if (error instanceof DiagnosticError) this.report(error.diagnostic);
      else if (!(error instanceof KnownFailure)) throw error;
      this.#depth = depth;
      return undefined;
    }
  }

  /** One report for each code and place, however often a block is applied. */
  report(diagnostic: Diagnostic): void {
    const { code, span } = diagnostic;
    // A name may have been defined in what is broken; where it was not, `resolve` has said so.
    if (this.options.damage && code === 'CNN2001') return;
    const same = (other: Diagnostic) =>
      other.code === code &&
      other.span?.file === span?.file &&
      other.span?.start === span?.start &&
      other.span?.end === span?.end;
    if (this.diagnostics.some(same)) return;
    this.diagnostics.push({ ...diagnostic, notes: [...diagnostic.notes, ...this.#trace()] });
  }

  /** The innermost applications of blocks, each place once. */
  #trace(): Note[] {
    const places = new Map(this.#blocks.toReversed().map((block) => [block.span.start, block]));
    return [...places.values()]
      .slice(0, 3)
      .map(({ block, span }) => ({ message: `\`${block}\` is applied here`, span }));
  }

  get failed(): boolean {
    return this.diagnostics.some(({ severity }) => severity === 'error');
  }

  /** The innermost block that is being applied. */
  get instance(): BlockInstance | undefined {
    return this.#blocks.at(-1);
  }

  insideBlock<Result>({ block, path, span }: Omit<BlockInstance, 'outer'>, action: () => Result): Result {
    const outer = this.instance;
    if (this.#blocks.length >= maximumBlocks)
      fail('CNN4003', `blocks are nested more than ${maximumBlocks} deep at \`${block}\``, span, {
        ...help('a block that applies itself needs a condition that ends it'),
      });
    this.#blocks.push({ block, path, span, ...(outer && { outer }) });
    try {
      return action();
    } finally {
      this.#blocks.pop();
    }
  }

  /** The layer that is applied now: a known one, one of an earlier application, or a new one. */
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
      number: this.identities.length,
      operator,
      span,
      group,
      ...(fixed !== undefined && { fixed }),
      hasStates: false,
      uses: 0,
    };
    group.layers.push(identity);
    this.identities.push(identity);
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

  /** The name under which the weights of a layer are known. */
  nameOf({ number }: Identity): string {
    return this.options.names?.[number] ?? `layer${number}`;
  }
}
