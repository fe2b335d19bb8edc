/**
 * @file A network whose names, shapes and attributes are settled: what the semantics hands to everything behind it. The
 * graph of a model is the forward graph for one mode; training and inference are two models over the same states.
 */
import type { Span } from '../diagnostics/diagnostic.ts';
import type { ChosenInitialization, Graph, Node, Shape, State } from '../ir/graph.ts';
import type { OperatorDefinition } from '../ops/operator.ts';
import type { AttributeValues } from '../specs/attributes.ts';
import type { Chosen } from '../training/word.ts';
import type { OptimizerSettings, ScheduleSettings } from '../training/words.ts';
import type { Claim } from './evaluate/claims.ts';
import type { LayerTraining } from './evaluate/values.ts';

/** One application of a block. Layers of the same application share the record. */
export interface BlockInstance {
  /** As it is declared: `Bottleneck`. */
  readonly block: string;
  /** What the names of its layers begin with: `layer1.0`. */
  readonly path: string;
  /** Where it is applied. */
  readonly span: Span;
  /** The application around it. */
  readonly outer?: BlockInstance;
}

/** What a layer computes with, in the place where the program has it. */
export type LayerOperand = {
  readonly span: Span;
  /** Of a function of the program: the name of its parameter. */
  readonly parameter?: string;
} & (
  | { readonly node: Node /** Under which it is read, where its own is another. */; readonly shape?: Shape }
  | { readonly number: number }
);

/**
 * One application of an operator: all that is needed to compute it again, to say it in another language, and to point at
 * the places of the text that made it what it is.
 */
export interface Layer {
  /** As `naming.ts` says: `stage1.0.main.conv`. Of what is implicit, or computed for the loss: that of what it serves. */
  readonly name: string;
  /** The name's parts: blocks around the layer, from the outermost, then what it is called in them. */
  readonly path: readonly string[];
  readonly operator: string;
  readonly definition: OperatorDefinition;
  /** `operator`: written as `a + b`. `implicit`: written nowhere, such as a class target's vector. */
  readonly via: 'call' | 'operator' | 'implicit';
  /** As given, or their defaults. */
  readonly attributes: AttributeValues;
  /** The same, words and gaps replaced by what they became: `same` by four numbers, a stride left out by the kernel. */
  readonly resolved: AttributeValues;
  /** Where the values that are given are written; what is not here is a default. */
  readonly attributeSpans: ReadonlyMap<string, Span>;
  readonly operands: readonly LayerOperand[];
  /** The values among the operands. */
  readonly inputs: readonly Node[];
  readonly output: Node;
  /** Parameters and buffers of the layer, in order of creation; each knows its owner and its role there. */
  readonly states: readonly State[];
  /** How its parameters start and are trained, where the program says so at the layer. */
  readonly training?: LayerTraining & { readonly span: Span };
  /** Where it is applied. */
  readonly span: Span;
  /** Where it is written: for a layer that was bound to a name, its declaration. */
  readonly written: Span;
  /** The innermost block around it. */
  readonly instance?: BlockInstance;
}

export interface ModelInput {
  readonly name: string;
  readonly shape: Shape;
  readonly node: Node;
}

export interface ModelTarget {
  readonly name: string;
  readonly type: /** One class for each element of the shape, without one for each image; `ignore` stands for none. */
    | { readonly kind: 'class'; readonly classes: number; readonly shape?: Shape; readonly ignore?: number }
    | {
        readonly kind: 'tensor';
        readonly shape: Shape;
        /** A loss takes its values as probabilities. */
        readonly fraction?: boolean;
      };
  readonly node: Node;
}

export interface Model {
  readonly name: string;
  readonly mode: 'training' | 'inference';
  readonly inputs: readonly ModelInput[];
  readonly targets: readonly ModelTarget[];
  readonly outputs: readonly { readonly name: string; readonly node: Node }[];
  /** In execution order; the loss and metrics are not layers. */
  readonly layers: readonly Layer[];
  /** Everything that is computed, in order: the layers, what is implicit, and what the loss and metrics are made of. */
  readonly steps: readonly Layer[];
  /**
   * Forward graph. Its results: `loss`, `metric`s, `output`s, and `assign`s of running statistics when training. A network
   * may lack a loss, and then cannot be trained, or outputs, and then predicts nothing.
   */
  readonly graph: Graph;
}

/** The `train` block, every setting with its value or default. */
export interface TrainSettings {
  /** Data specification such as `mnist:data/mnist`; `digits` by default. */
  readonly data: string;
  /** By input. */
  readonly normalize?: ReadonlyMap<string, { readonly mean: readonly number[]; readonly deviation: readonly number[] }>;
  readonly augment: {
    readonly steps: readonly Chosen[];
    /** How images are mixed in pairs behind that: all inputs, whose maps are of this size. */
    readonly mix?: {
      readonly words: readonly Chosen[];
      readonly size: { readonly height: number; readonly width: number };
    };
    /** Which inputs are moved; all that are maps unless given. */
    readonly inputs?: readonly string[];
  };
  readonly weightInitializer: ChosenInitialization;
  readonly optimizer: OptimizerSettings;
  readonly schedule: ScheduleSettings;
  /** What limits gradients. */
  readonly clip?: Chosen;
  /** The mean of the weights that is evaluated and saved. */
  readonly average?: Chosen;
  /** Steps whose mean gradient makes one update. */
  readonly accumulate: number;
  readonly batch: number;
  readonly epochs: number;
  /** Epochs without a lower watched loss before training stops; 0: never. */
  readonly patience: number;
  readonly watch: 'validation' | 'test';
  /** Fraction of the training images that is held out; absent: a tenth where early stopping needs it. */
  readonly validation?: number;
  readonly seed: number;
}

export interface Elaboration {
  /** The name of the network in the text. */
  readonly place: Span;
  /** It has errors: layers are missing that failed, or that depend on those. */
  readonly incomplete?: true;
  readonly training: Model;
  readonly inference: Model;
  readonly settings: TrainSettings;
  /** Parameters and buffers of the network in order of creation. */
  readonly states: readonly State[];
  /** Assertions that figures of the network decide. */
  readonly claims: readonly Claim[];
}
