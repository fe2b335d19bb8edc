/**
 * @file One walk over a network: the model that grows, the layers met so far, and what was reported. The first walk only
 * plans (its graph is thrown away); the second and third build the models for training and inference.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Instantiations } from '../../formula/instantiations.ts';
import type { ChosenInitialization, Shape } from '../../ir/graph.ts';
import type { StateRegistry } from '../../ops/context.ts';
import type { Mode } from '../../ops/operator.ts';
import type { Expression, Name, Stage } from '../../syntax/ast.ts';
import type { Damage } from '../../syntax/damage.ts';
import type { InstanceValue, PlacedTensor, TensorValue, Value } from '../evaluate/values.ts';
import type { Group } from '../layers/naming.ts';
import type { Entry, Scope } from '../names/scope.ts';
import { Applications } from './applications.ts';
import { Budget } from './budget.ts';
import { Draft } from './draft.ts';
import { Identities } from './identities.ts';
import { Report } from './report.ts';

export interface WalkOptions {
  readonly network: string;
  readonly mode: Mode;
  readonly states: StateRegistry;
  readonly formulas: Instantiations;
  /** The names of all layers in order of creation; absent in the walk that plans them. */
  readonly names?: readonly string[];
  /** The numbers of layers whose parameters are not trained. */
  readonly untrained?: ReadonlySet<number>;
  readonly weightInitializer: ChosenInitialization;
  /** In place of what the program says, by the names of the inputs; of an only input by ''. */
  readonly inputShapes?: ReadonlyMap<string, Shape>;
  /** What has been said of the files already. */
  readonly said?: readonly Diagnostic[];
  /** Whether a name is what an import was meant to bring, of which that has been said already. */
  readonly isMeant?: (name: Name) => boolean;
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
    return `${series}${walk.identities.nextNumber(series, Number(first))}`;
  }
  return `${group.prefix}${name}${rounds}${round === undefined ? '' : `.${round}`}`;
}

export class Walk {
  readonly draft: Draft;
  readonly identities: Identities;
  readonly applications = new Applications();
  readonly budget = new Budget();
  readonly report: Report;
  /** The names that each body defines, found once. */
  readonly definitions = new Map<object, readonly Name[]>();

  constructor(readonly options: WalkOptions) {
    this.draft = new Draft(options.network);
    this.identities = new Identities(options.names);
    this.report = new Report(options.said ?? [], options.damage, this.applications, this.budget);
  }

  evaluate(place: Place, expression: Expression): Value {
    return this.options.evaluate(place, expression);
  }

  /** Runs `action`; what it reports is collected. Gives undefined after a failure. */
  attempt<Result>(action: () => Result): Result | undefined {
    return this.report.attempt(action);
  }
}
