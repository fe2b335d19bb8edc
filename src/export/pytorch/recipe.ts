/** @file The words of the `train` block in PyTorch: optimiser, schedule, augmentations and initialisers. */

import type { ChosenInitialization } from '../../ir/graph.ts';
import { drawOf } from '../../plan/initial-draw.ts';
import type { AttributeValue } from '../../specs/attributes.ts';
import type { Connections, Draw } from '../../training/initializers/initializer.ts';
import type { Chosen } from '../../training/word.ts';
import type { OptimizerSettings, ScheduleSettings } from '../../training/words.ts';
import { float, literal, tuple } from './code.ts';

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
  const body = clip ? CLIPS[clip.kind]?.(clip) : 'pass';
  return body && `def clip(parameters):\n    """Limits the gradients of an update."""\n    ${body}`;
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
  onecycle: ({ rise, begin, end, along }) => [
    `top = ${text(rise)} * steps - 1`,
    'falls = step > top',
    'share = (step - top) / (steps - 1 - top) if falls else step / top if top > 0 else 1.0',
    `start, stop = (1.0, ${text(end)}) if falls else (${text(begin)}, 1.0)`,
    `way = ${along === 'cosine' ? '(1 - math.cos(math.pi * share)) / 2' : 'share'}`,
    'return start + (stop - start) * way',
  ],
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

export function scheduleText({ kind, warmup, ...values }: ScheduleSettings): string | undefined {
  const body = SCHEDULES[kind]?.(values);
  if (!body || values.momentum !== undefined) return undefined;
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
  return [
    'def schedule(step, steps, per_epoch, notes):',
    '    """The learning rate of a step as a factor of the highest; steps count from 0."""',
    ...[...rising, ...body].map((line) => `    ${line}`),
    '',
    '',
    'def observe(notes, loss):',
    '    """What the schedule notes of the watched loss of an epoch."""',
    ...observe.map((line) => `    ${line}`),
  ].join('\n');
}

/** Between -most and most, for every image of the batch. */
const between = (most: AttributeValue) => `${text(most)} * (2 * draw(torch.rand(everywhere, generator=random)) - 1)`;

/** Changes values by one factor for each image. Targets keep theirs: the inputs come first among the maps. */
const painted = (by: AttributeValue, inputs: number, change: string) => [
  `factor = 1 + ${between(by)}`,
  `maps[:${inputs}] = [${change} for one in maps[:${inputs}]]`,
];

/** Each changes `maps`, of which so many are inputs, by numbers drawn for every image of the batch. */
const AUGMENTATIONS: Readonly<Record<string, (values: Values, inputs: number) => readonly string[]>> = {
  flip: ({ direction, and }) =>
    ['horizontal', 'vertical'].flatMap((along, k) =>
      direction === along || and === along
        ? [
            `mirrored = draw(torch.rand(everywhere, generator=random)) < 0.5`,
            `maps = [mirror(one, mirrored, ${k === 0 ? -1 : -2}) for one in maps]`,
          ]
        : [],
    ),
  crop: ({ pad }) => [
    `across = draw(torch.randint(-${text(pad)}, ${text(pad)} + 1, (everywhere,), generator=random))`,
    `down = draw(torch.randint(-${text(pad)}, ${text(pad)} + 1, (everywhere,), generator=random))`,
    'maps = [shift(one, down, across, fill) for one, fill in zip(maps, fills)]',
  ],
  brightness: ({ by }, inputs) => painted(by, inputs, 'spread(one, 0.0, factor)'),
  contrast: ({ by }, inputs) => painted(by, inputs, 'spread(one, grey(one).mean(2, keepdim=True), factor)'),
  saturation: ({ by }, inputs) => painted(by, inputs, 'spread(one, grey(one), factor)'),
  // The sum of four even numbers, as ours: at most 3.5 deviations. Inputs have the same, as far as they go.
  noise: ({ by }, inputs) => [
    `most = max(one.shape[1:].numel() for one in maps[:${inputs}])`,
    'noise = sum(torch.rand(everywhere, most, generator=random) for _ in range(4)) - 2',
    `noise = ${text(by)} * math.sqrt(3) * draw(noise).to(maps[0].device)`,
    `maps[:${inputs}] = [one + noise[:, : one.shape[1:].numel()].reshape(one.shape) for one in maps[:${inputs}]]`,
  ],
};

/** Whether the script has an augmentation. */
export const knowsAugmentation = ({ kind, border }: Chosen): boolean =>
  border !== 'reflect' && Object.hasOwn(AUGMENTATIONS, kind);

const SPREAD = `def channels(images):
    """Images as [image, channel, pixel]."""
    return images.reshape(len(images), -1, images.shape[-2:].numel())


def spread(images, middle, factor):
    """Values off their middle, or towards it."""
    values = channels(images)
    return (middle + (values - middle) * factor.to(images.device).reshape(-1, 1, 1)).reshape(images.shape)
`;

const GREY = `def grey(images):
    """How bright each pixel is: of red, green and blue by ITU-R BT.601, else the mean of the channels."""
    values = channels(images)
    if values.shape[1] != 3:
        return values.mean(1, keepdim=True)
    return (values * values.new_tensor([0.2989, 0.587, 0.114])[None, :, None]).sum(1, keepdim=True)
`;

const MIRROR = `def mirror(images, chosen, axis):
    """Some of the images, mirrored along an axis."""
    chosen = chosen.to(images.device).reshape(-1, *[1] * (images.dim() - 1))
    return torch.where(chosen, images.flip(axis), images)
`;

const SHIFT = `def shift(images, down, across, fill):
    """The images moved, with \`fill\` where there was nothing."""
    height, width = images.shape[-2:]
    shape = images.shape
    images = images.reshape(len(images), -1, height, width)
    rows = torch.arange(height)[None, :] + down[:, None]
    columns = torch.arange(width)[None, :] + across[:, None]
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    rows, columns = rows.clamp(0, height - 1).to(images.device), columns.clamp(0, width - 1).to(images.device)
    number = torch.arange(len(images), device=images.device)[:, None, None]
    moved = images.transpose(0, 1)[:, number, rows[:, :, None], columns[:, None, :]].transpose(0, 1)
    fill = torch.as_tensor(fill, dtype=images.dtype, device=images.device).reshape(1, -1, 1, 1)
    return torch.where(inside[:, None].to(images.device), moved, fill.expand_as(moved)).reshape(shape)
`;

/** The functions that augmentations call, each with the words that need it. */
const HELPERS: readonly (readonly [code: string, words: readonly string[]])[] = [
  [MIRROR, ['flip']],
  [SHIFT, ['crop']],
  [SPREAD, ['brightness', 'contrast', 'saturation']],
  [GREY, ['contrast', 'saturation']],
];

export interface Moved {
  /** Numbers of the inputs and of the targets that move, and what is filled in for each. */
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
  readonly fills: readonly string[];
}

export function augmentText(steps: readonly Chosen[], moved: Moved): string | undefined {
  if (!steps.every(knowsAugmentation)) return undefined;
  const bodies = steps.map(({ kind, ...values }) => AUGMENTATIONS[kind]!(values, moved.inputs.length));
  if (steps.length === 0)
    return 'def augment(inputs, targets, network, seed, number, everywhere):\n    return inputs, targets';
  const helpers = HELPERS.filter(([, words]) => steps.some(({ kind }) => words.includes(kind))).map(([code]) => code);
  const function_ = [
    'def augment(inputs, targets, network, seed, number, everywhere):',
    '    """Training images, varied at random: by the seed, the step and the image, whatever the number of processes.',
    '',
    '    They are varied before they are normalised, and as cnnc varies them, but not by the same random numbers.',
    '    """',
    '    random = torch.Generator().manual_seed(seed + 7919 * number)',
    '    count = len(inputs[0])',
    '',
    '    def draw(numbers):',
    '        return numbers[HERE["rank"] :: HERE["world"]][:count] if everywhere > HERE["rank"] else numbers[:count]',
    '',
    `    maps = [${[...moved.inputs.map((k) => `inputs[${k}]`), ...moved.targets.map((k) => `targets[${k}]`)].join(', ')}]`,
    `    fills = [${moved.fills.join(', ')}]`,
    ...bodies.flatMap((body) => body.map((line) => `    ${line}`)),
    ...moved.inputs.map((k, at) => `    inputs[${k}] = maps[${at}]`),
    ...moved.targets.map((k, at) => `    targets[${k}] = maps[${moved.inputs.length + at}]`),
    '    return inputs, targets',
  ].join('\n');
  return [...helpers, function_].join('\n\n');
}
