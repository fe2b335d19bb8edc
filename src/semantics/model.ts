/**
 * @file A network whose names, shapes and attributes are settled: what the semantics hands to everything behind it. The
 * graph of a model is the forward graph for one mode; training and inference are two models over the same states.
 */
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Graph, Initialization, Node, Shape, State } from '../ir/graph.ts';
import type { AttributeValues } from '../specs/attributes.ts';
import type { Claim } from './claims.ts';

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

export interface Layer {
  /** As `naming.ts` says: `stage1.0.main.conv`. */
  readonly name: string;
  readonly operator: string;
  readonly attributes: AttributeValues;
  readonly inputs: readonly Node[];
  readonly output: Node;
  /** Parameters and buffers of the layer, in order of creation. */
  readonly states: readonly State[];
  readonly span: Span;
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
  readonly type: /** One class for each element of the shape, `[]` for one per image; `ignore` stands for none. */
    | { readonly kind: 'class'; readonly classes: number; readonly shape: Shape; readonly ignore?: number }
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
    readonly flipHorizontal: boolean;
    readonly flipVertical: boolean;
    readonly cropPad: number;
    /** Which inputs are moved; all that are maps unless given. */
    readonly inputs?: readonly string[];
  };
  readonly weightInitializer: Pick<Initialization, 'kind' | 'value'>;
  readonly optimizer: OptimizerSettings;
  readonly schedule:
    | { readonly kind: 'constant' }
    | { readonly kind: 'cosine'; readonly warmupEpochs: number }
    | { readonly kind: 'step'; readonly every: number; readonly factor: number };
  readonly batch: number;
  readonly epochs: number;
  /** Epochs without a lower watched loss before training stops; 0: never. */
  readonly patience: number;
  readonly watch: 'validation' | 'test';
  /** Fraction of the training images that is held out; absent: a tenth where early stopping needs it. */
  readonly validation?: number;
  readonly seed: number;
}

/** Update equations are PyTorch's. */
export type OptimizerSettings =
  | {
      readonly kind: 'sgd';
      readonly lr: number;
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly weightDecay: number;
    }
  | {
      /** `decoupled`: AdamW. */
      readonly kind: 'adam';
      readonly lr: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly eps: number;
      readonly weightDecay: number;
      readonly decoupled: boolean;
    }
  | {
      readonly kind: 'rmsprop';
      readonly lr: number;
      readonly alpha: number;
      readonly eps: number;
      readonly weightDecay: number;
    };

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
