/** @file Losses and metrics in PyTorch. What only counts in part (`ignore`, weights of classes) is averaged by a helper. */
import { sourceOf } from '../../ir/graph.ts';
import { type Application, attribute, type Writer } from './application.ts';
import { type Code, code, float, literal, option } from './code.ts';

/** The class target among the inputs, with what stands for none. */
function targetOf({ layer }: Application): { classes: number; ignore?: number } | undefined {
  const source = layer.inputs[1] && sourceOf(layer.inputs[1]);
  return source?.role === 'target' && source.classes !== undefined
    ? { classes: source.classes, ...(source.ignore !== undefined && { ignore: source.ignore }) }
    : undefined;
}

/** The second operand as values: of a class target, its one-hot vector. */
function wanted(application: Application): Code {
  const target = targetOf(application);
  const [, second] = application.operands;
  return target ? code`${application.helper('one_hot')}(${second!}, ${target.classes})` : second!;
}

function ignoreText({ ignore }: { ignore?: number }): string {
  return ignore === undefined ? '' : `, ignore=${ignore}`;
}

const weightsOf = (application: Application) => attribute<readonly number[] | undefined>(application, 'weights');

const weightsText = (weights: readonly number[]) => `(${weights.map(float).join(', ')})`;

/** `each`, one number per place, meaned over those that count. */
function meanOf(application: Application, each: Code, weights?: readonly number[]): Code {
  const target = targetOf(application)!;
  if (target.ignore === undefined && !weights) return code`${each}.mean()`;
  const label = application.operands[1]!;
  const settings = `${weights ? `, weights=${weightsText(weights)}` : ''}${ignoreText(target)}`;
  return code`${application.helper('mean_of_counted')}(${each}, ${label}${settings})`;
}

function crossentropy(application: Application): Code {
  const [scores, label] = application.operands as [Code, Code];
  const { ignore } = targetOf(application)!;
  const weights = weightsOf(application);
  const smoothing = option('label_smoothing', attribute<number>(application, 'smoothing'), 0);
  if (ignore === undefined && !weights) return code`F.cross_entropy(${scores}, ${label}${smoothing})`;
  const weight = weights ? `, weight=torch.tensor(${weightsText(weights)}, device=${'label'}.device)` : '';
  const ignored = ignore === undefined ? '' : `, ignore_index=${ignore}`;
  const each = code`F.cross_entropy(${scores}, ${label}${weight.replace('label.', `${textOfLabel(label)}.`)}${ignored}${smoothing}, reduction="none")`;
  const settings = `${weights ? `, weights=${weightsText(weights)}` : ''}${ignore === undefined ? '' : `, ignore=${ignore}`}`;
  return code`${application.helper('mean_of_weighted')}(${each}, ${label}${settings})`;
}

const textOfLabel = (label: Code) => label.map((piece) => (typeof piece === 'string' ? piece : piece.value)).join('');

const ofElements =
  (name: string, settings: (application: Application) => Code = () => []): Writer =>
  (application) =>
    code`${name}(${application.operands[0]!}, ${wanted(application)}${settings(application)})`;

const counted =
  (name: string, settings: (application: Application) => string = () => ''): Writer =>
  (application) => {
    const [scores, label] = application.operands as [Code, Code];
    return meanOf(application, code`${application.helper(name)}(${scores}, ${label}${settings(application)})`);
  };

/** Counts of which class was taken for which, as shares of the batch; `finish` makes the metric of them. */
const confusion: Writer = (application) => {
  const [scores, label] = application.operands as [Code, Code];
  return code`${application.helper('confusion')}(${scores}, ${label})`;
};

export const LOSSES: Readonly<Record<string, Writer>> = {
  crossentropy,
  mse: (application) =>
    attribute<string>(application, 'reduction') === 'half'
      ? code`${application.helper('half_square')}(${application.operands[0]!}, ${wanted(application)})`
      : ofElements('F.mse_loss')(application),
  mae: ofElements('F.l1_loss'),
  huber: ofElements('F.huber_loss', (application) => option('delta', attribute<number>(application, 'delta'), 1)),
  bce: ofElements('F.binary_cross_entropy_with_logits', (application) => {
    const positive = attribute<number>(application, 'positive');
    return positive === 1 ? [] : code`, pos_weight=${application.operands[0]!}.new_tensor(${float(positive)})`;
  }),
  hinge: counted('hinge', (application) => `, ${literal(attribute<number>(application, 'margin'))}`),
  focal(application) {
    const [scores, label] = application.operands as [Code, Code];
    const each = code`${application.helper('focal')}(${scores}, ${label}, ${attribute<number>(application, 'gamma')})`;
    return meanOf(application, each, weightsOf(application));
  },
  kldiv: (application) =>
    code`${application.helper('divergence')}(${application.operands[0]!}, ${wanted(application)})`,
  accuracy: counted('hits'),
  topk: counted('hits_among', (application) => `, ${attribute<number>(application, 'k')}`),
  confusion,
  recall: confusion,
  iou: confusion,
  onehot(application) {
    const source = sourceOf(application.layer.inputs[0]!);
    const classes = source?.role === 'target' ? source.classes! : 0;
    return code`${application.helper('one_hot')}(${application.operands[0]!}, ${classes})`;
  },
};
