/** @file The words of the `train` block in PyTorch: optimiser, schedule, limits of gradients, initialisers; augmentations are in `augment.ts`. */

import type { ChosenInitialization } from '../../ir/graph.ts';
import { drawOf } from '../../plan/initial-draw.ts';
import type { AttributeValue } from '../../specs/attributes.ts';
import type { Connections, Draw } from '../../training/initializers/initializer.ts';
import type { Chosen } from '../../training/word.ts';
import { type OptimizerSettings, optimizerNamed, type ScheduleSettings } from '../../training/words.ts';
import { float, indented, literal, tuple } from './code.ts';

type Values = Readonly<Record<string, AttributeValue>>;

const text = (value: AttributeValue): string => literal(value as number | boolean | string);

/** `torch.optim`'s class, and what it calls our attributes, in its order. */
interface OptimizerText {
  readonly name: string;
  /** Attributes under their own names. */
  readonly same?: readonly string[];
  readonly betas?: true;
  /** What else is passed. */
  readonly more?: string;
}

const OPTIMIZERS: Readonly<Record<string, OptimizerText>> = {
  sgd: { name: 'torch.optim.SGD', same: ['momentum', 'nesterov', 'weight_decay'] },
  adam: { name: 'torch.optim.Adam', betas: true, same: ['eps', 'weight_decay'] },
  adamw: { name: 'torch.optim.AdamW', betas: true, same: ['eps', 'weight_decay'] },
  rmsprop: { name: 'torch.optim.RMSprop', same: ['alpha', 'eps', 'weight_decay', 'momentum', 'centered'] },
  adagrad: { name: 'torch.optim.Adagrad', same: ['lr_decay', 'eps', 'weight_decay'] },
  adadelta: { name: 'torch.optim.Adadelta', same: ['rho', 'eps', 'weight_decay'] },
  adamax: { name: 'torch.optim.Adamax', betas: true, same: ['eps', 'weight_decay'] },
  // One parameter at a time, version 1.13 multiplies twice by the momentum.
  nadam: {
    name: 'torch.optim.NAdam',
    betas: true,
    same: ['eps', 'weight_decay', 'momentum_decay'],
    more: ', foreach=True',
  },
  radam: { name: 'torch.optim.RAdam', betas: true, same: ['eps', 'weight_decay'] },
  lion: { name: 'Lion', betas: true, same: ['weight_decay'] },
};

/** Settings that PyTorch has switched off. */
const STANDARD: Readonly<Record<string, AttributeValue>> = {
  momentum: 0,
  nesterov: false,
  weight_decay: 0,
  centered: false,
  lr_decay: 0,
};

const LION = `class Lion(torch.optim.Optimizer):
    """Steps of one length: the sign of a running mean of the gradient (Chen et al. 2023)."""

    def __init__(self, parameters, lr, betas, weight_decay=0.0):
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                way = (beta1 * mean + (1 - beta1) * p.grad).sign()
                p.sub_(group["lr"] * (way + group["weight_decay"] * p))
                mean.mul_(beta2).add_(p.grad, alpha=1 - beta2)
`;

/** The function that makes the optimiser; undefined where PyTorch and we have none of this name. */
export function optimizerText(settings: OptimizerSettings): string | undefined {
  const known = OPTIMIZERS[settings.kind];
  if (!known) return undefined;
  const betas = known.betas ? [`betas=(${text(settings.beta1)}, ${text(settings.beta2)})`] : [];
  const isGiven = (name: string) => settings.kind === 'adamw' || STANDARD[name] !== settings[name];
  const same = (known.same ?? []).filter(isGiven).map((name) => `${name}=${text(settings[name])}`);
  const call = `${known.name}(${['groups', 'lr=lr', ...betas, ...same].join(', ')}${known.more ?? ''})`;
  const definition = `def make_optimizer(groups, lr):\n    return ${call}`;
  return settings.kind === 'lion' ? `${LION}\n\n${definition}` : definition;
}

/** Between the lowest rate and the highest. */
const above = (least: AttributeValue, share: string) =>
  least === 0 ? share : `${text(least)} + (1 - ${text(least)}) * ${share}`;

/** What `initialise` in `python/starting.py` draws from. */
const DRAWS: readonly string[] = ['constant', 'uniform', 'normal', 'truncated_normal', 'orthogonal'];

/** Rules of `usual_start` there, which depend on the connections of a layer. */
const RULES: readonly string[] = ['kaiming', 'lecun', 'xavier', 'xavier_normalized'];

export const isKnownDraw = (kind: string): boolean => DRAWS.includes(kind);

/** What the script draws from by its `INIT`: where that is no rule, the same for all layers. */
export function scriptDraw(start: ChosenInitialization, connections: Connections): Draw {
  return drawOf({ ...start, ...(RULES.includes(start.kind) ? connections : { fanIn: 1, fanOut: 1 }) });
}

/** How weights start, as a rule or as what is drawn from; undefined where PyTorch and we have no such start. */
export function startText(start: ChosenInitialization): string | undefined {
  if (RULES.includes(start.kind)) return `("${start.kind}", 0.0)`;
  const { kind, value } = scriptDraw(start, { fanIn: 1, fanOut: 1 });
  return isKnownDraw(kind) ? `("${kind}", ${float(value)})` : undefined;
}

/** What limits the gradients of all parameters, as a statement. */
const CLIPS: Readonly<Record<string, (values: Values) => string>> = {
  norm: ({ length }) => `nn.utils.clip_grad_norm_(parameters, ${text(length)})`,
  value: ({ limit }) => `nn.utils.clip_grad_value_(parameters, ${text(limit)})`,
};

/** The function that limits gradients; undefined where PyTorch has none of this name. */
export function clipText(clip: Chosen | undefined): string | undefined {
  const body = clip ? CLIPS[clip.kind]?.(clip) : '';
  if (body === undefined) return undefined;
  return clip
    ? `def clip(parameters):\n    """Limits the gradients of an update."""\n    ${body}`
    : 'def clip(parameters):\n    """Gradients of any length make an update."""';
}

/** Of `step`, `steps` and `per_epoch` behind the warm-up. */
const SCHEDULES: Readonly<Record<string, (values: Values) => readonly string[]>> = {
  constant: () => ['return 1.0'],
  cosine({ every, stretch, least }) {
    const rest = `return ${above(least, '(1 + math.cos(math.pi * at / length)) / 2')}`;
    if (every === undefined) return ['at, length = step, max(steps, 1)', rest];
    return [
      `at, length = step, ${text(every)} * per_epoch`,
      ...(stretch === 1
        ? ['at %= length']
        : ['while at >= length:', `    at, length = at - length, length * ${text(stretch)}`]),
      rest,
    ];
  },
  step: ({ every, factor }) => [`return ${text(factor)} ** (step // per_epoch // ${text(every)})`],
  multistep: ({ at, factor }) => [
    `return ${text(factor)} ** sum(step >= epochs * per_epoch for epochs in ${tuple(at as readonly number[])})`,
  ],
  exponential: ({ factor }) => [`return ${text(factor)} ** (step / per_epoch)`],
  polynomial: ({ power, least }) => [`return ${above(least, `max(1 - step / max(steps, 1), 0) ** ${text(power)}`)}`],
  onecycle: ({ begin, end }) => [`return cycle(step, steps, ${text(begin)}, 1.0, ${text(end)})`],
  triangle: ({ every, low, rise, shrink }) => [
    `cycles = step / per_epoch / ${text(every)}`,
    'cycle = math.floor(cycles)',
    'at = cycles - cycle',
    `height = at / ${text(rise)} if at <= ${text(rise)} else (1 - at) / (1 - ${text(rise)})`,
    `return ${text(low)} + (1 - ${text(low)}) * height * ${text(shrink)} ** cycle`,
  ],
  plateau: ({ factor, least }) => [`return max(${text(factor)} ** (notes[3] if notes else 0), ${text(least)})`],
};

const OBSERVES: Readonly<Record<string, (values: Values) => readonly string[]>> = {
  plateau: ({ patience, threshold, cooldown }) => [
    'best, stale, cooling, steps = notes or (math.inf, 0, 0, 0)',
    `if loss < best * (1 - ${text(threshold)}):`,
    '    best, stale = loss, 0',
    'else:',
    '    stale += 1',
    'if cooling > 0:',
    '    cooling, stale = cooling - 1, 0',
    `if stale > ${text(patience)}:`,
    `    cooling, stale, steps = ${text(cooldown)}, 0, steps + 1`,
    'return [best, stale, cooling, steps]',
  ],
};

/** Whether the schedule depends on the loss of images that are not trained on. */
export const watchesLoss = ({ kind }: ScheduleSettings): boolean => Object.hasOwn(OBSERVES, kind);

/** What a schedule of one cycle and its momentum have in common. */
const cycleText = ({ rise, along }: Values) => `def cycle(step, steps, first, top, last):
    """From the first height over the top to the last one; the last step before the top is the first of the way down."""
    turn = ${text(rise)} * steps - 1
    falls = step > turn
    share = (step - turn) / (steps - 1 - turn) if falls else step / turn if turn > 0 else 1.0
    start, stop = (top, last) if falls else (first, top)
    way = ${along === 'cosine' ? '(1 - math.cos(math.pi * share)) / 2' : 'share'}
    return start + (stop - start) * way


`;

/** The statement that gives a group of parameters its momentum, by where the optimiser keeps it. */
const MOMENTA: Readonly<Record<string, string>> = {
  momentum: 'group["momentum"] = momentum',
  beta1: 'group["betas"] = (momentum, group["betas"][1])',
};

/** The momentum falls to its lowest while the rate rises, and returns. */
function momentumLines(schedule: ScheduleSettings, optimizer: OptimizerSettings): readonly string[] {
  const { warmup, momentum: lowest } = schedule;
  const attribute = optimizerNamed(optimizer.kind).momentum;
  if (lowest === undefined || !attribute) return [];
  const own = text(optimizer[attribute]);
  const fallen =
    warmup > 0
      ? [
          `warmup = ${warmup} * per_epoch`,
          `fallen = 0.0 if step < warmup else cycle(step - warmup, steps - warmup, 0.0, 1.0, 0.0)`,
        ]
      : ['fallen = cycle(step, steps, 0.0, 1.0, 0.0)'];
  return [
    ...fallen,
    `momentum = ${own} + (${text(lowest)} - ${own}) * fallen`,
    'for group in groups:',
    `    ${MOMENTA[attribute]}`,
  ];
}

/** The functions that set the learning rate; undefined where PyTorch and we have no such schedule. */
export function scheduleText(schedule: ScheduleSettings, optimizer: OptimizerSettings): string | undefined {
  const { kind, warmup, ...values } = schedule;
  const body = SCHEDULES[kind]?.(values);
  if (!body) return undefined;
  const rising =
    warmup > 0
      ? [
          `warmup = ${warmup} * per_epoch`,
          'if step < warmup:',
          '    return (step + 1) / warmup',
          'step, steps = step - warmup, steps - warmup',
        ]
      : [];
  const observe = OBSERVES[kind]?.(values) ?? ['return notes'];
  const momentum = momentumLines(schedule, optimizer);
  return [
    `${kind === 'onecycle' ? cycleText(values) : ''}def schedule(step, steps, per_epoch, notes):`,
    '    """The learning rate of a step as a factor of the highest; steps count from 0."""',
    ...indented([...rising, ...body]),
    '',
    '',
    'def set_rate(groups, highest, step, steps, per_epoch, notes):',
    `    """Gives all parameters the learning rate of a step${momentum.length > 0 ? ', and its momentum' : ''}; the rate."""`,
    '    rate = highest * schedule(step, steps, per_epoch, notes)',
    '    for group in groups:',
    '        group["lr"] = rate * group["factor"]',
    ...indented(momentum),
    '    return rate',
    '',
    '',
    'def observe(notes, loss):',
    '    """What the schedule notes of the watched loss of an epoch."""',
    ...indented(observe),
  ].join('\n');
}

/** What the mean of the weights keeps at each step; undefined where there is none of this name. */
export function averageText(average: Chosen | undefined): string | undefined {
  if (!average) return 'None';
  return average.kind === 'ema' ? text(average.keeps) : undefined;
}
