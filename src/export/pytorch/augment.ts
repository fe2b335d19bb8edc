/** @file The augmentations of a `train` block in PyTorch: what happens to the images of a step, and how they are mixed in pairs. */
import { pythonParts } from 'cnnc:pytorch';
import type { AttributeValue } from '../../specs/attributes.ts';
import type { Chosen } from '../../training/word.ts';
import { indented, literal } from './code.ts';
import { Definitions } from './definitions.ts';

type Values = Readonly<Record<string, AttributeValue>>;

const text = (value: AttributeValue): string => literal(value as number | boolean | string);

/** What moves pixels by one matrix for each image. */
const MOVES: Readonly<Record<string, (values: Values) => string>> = {
  flip({ direction, and }) {
    const length = (along: string, extent: string) => (direction === along || and === along ? extent : 'None');
    return `flip(draw, ${length('horizontal', 'width')}, ${length('vertical', 'height')})`;
  },
  crop: ({ pad }) => `crop(draw, ${text(pad)})`,
  shift: ({ by }) => `shift(draw, ${text(by)}, height, width)`,
  rotate: ({ by }) => `rotate(draw, ${text(by)}, height, width)`,
  scale: ({ by }) => `scale(draw, ${text(by)}, height, width)`,
  shear: ({ by }) => `shear(draw, ${text(by)}, height, width)`,
};

/** What moves pixels in another way: where in the image before they come from. */
const BENDS: Readonly<Record<string, (values: Values) => string>> = {
  elastic: ({ by, grid }) => `elastic(draw, ${text(by)}, ${text(grid)}, height, width)`,
};

/** What changes values of the inputs: something drawn for them all, and then each `one`, in which `fill` is 0 when it is normalised. */
const PAINTS: Readonly<Record<string, (values: Values) => readonly [drawn: string, changed: string]>> = {
  brightness: ({ by }) => [`factor = 1 + between(${text(by)}, draw)`, 'recolour(one, 0.0, factor)'],
  contrast: ({ by }) => [
    `factor = 1 + between(${text(by)}, draw)`,
    'recolour(one, grey(one).mean(2, keepdim=True), factor)',
  ],
  saturation: ({ by }) => [`factor = 1 + between(${text(by)}, draw)`, 'recolour(one, grey(one), factor)'],
  noise: ({ by }) => [
    // Inputs have the same, as far as they go.
    `added = noise(draw, ${text(by)}, max(one[0].numel() for one in inputs))`,
    'add_noise(one, added)',
  ],
  erase: ({ size }) => [
    `corner = corners(draw, ${text(size)}, height, width)`,
    `erase(one, corner, ${text(size)}, fill)`,
  ],
};

/** What the images of a step are mixed of: a share, and a box or `None`. */
const MIXTURES: Readonly<Record<string, (values: Values, size: { height: number; width: number }) => string>> = {
  mixup: ({ alpha }) => `float(random.beta(${text(alpha)}, ${text(alpha)})), None`,
  cutmix: ({ alpha }, { height, width }) =>
    `cut(random.beta(${text(alpha)}, ${text(alpha)}), random.integers(${width}), random.integers(${height}), ${height}, ${width})`,
};

/** Whether the script has an augmentation. */
export const knowsAugmentation = ({ kind }: Chosen): boolean =>
  [MOVES, BENDS, PAINTS, MIXTURES].some((table) => Object.hasOwn(table, kind));

/** The maps that augmentations move, and what comes in from outside of each. */
export interface Moved {
  /** Numbers of the inputs and of the targets that move, and what is filled in for each. */
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
  readonly fills: readonly string[];
}

export interface Mix {
  readonly words: readonly Chosen[];
  readonly size: { readonly height: number; readonly width: number };
  /** Numbers of the targets that are maps. */
  readonly maps: readonly number[];
}

export interface AugmentText {
  readonly steps: readonly Chosen[];
  readonly moved: Moved;
  readonly mix?: Mix;
}

/** The functions that make the arguments of the objective for a step. */
export function augmentText({ steps, moved, mix }: AugmentText): string {
  const own = [...(steps.length > 0 ? [stepsText(steps, moved)] : []), ...(mix ? [mixtureText(mix)] : [])];
  own.push(mix ? mixedBatch(mix, steps.length > 0) : steps.length > 0 ? CHANGED_BATCH : PLAIN_BATCH);
  const definitions = new Definitions(pythonParts.augmenting!);
  for (const one of own) definitions.need(one);
  return [...definitions.texts(), ...own].join('\n\n\n');
}

/** Steps that move pixels are one move as long as nothing lies between them: pixels are mixed once. */
function stepsText(steps: readonly Chosen[], { inputs, targets, fills }: Moved): string {
  const lines: string[] = [];
  let border: AttributeValue;
  let isMoving = false;
  const resample = (places: string) => {
    const mirrors = border === 'reflect' ? ', mirrors=True' : '';
    lines.push(`places = ${places}`);
    lines.push(`maps = [resample(one, places, fill${mirrors}) for one, fill in zip(maps, fills)]`);
  };
  const finish = () => {
    if (isMoving) resample('positions(moved, height, width)');
    isMoving = false;
    border = undefined;
  };
  for (const { kind, ...values } of steps) {
    const own = values.border;
    if (!MOVES[kind] || (own && border && own !== border)) finish();
    border = own ?? border;
    if (MOVES[kind]) {
      const move = MOVES[kind](values);
      lines.push(`moved = ${isMoving ? `moved @ ${move}` : move}`);
      isMoving = true;
    } else if (BENDS[kind]) {
      resample(BENDS[kind](values));
      border = undefined;
    } else {
      const [drawn, changed] = PAINTS[kind]!(values);
      const each = changed.includes('fill')
        ? `${changed} for one, fill in zip(maps[:${inputs.length}], fills)`
        : `${changed} for one in maps[:${inputs.length}]`;
      lines.push(drawn, `maps[:${inputs.length}] = [${each}]`);
    }
  }
  finish();
  return [
    'def augment(inputs, targets, draw):',
    '    """Training images, varied at random as cnnc varies them, though by other numbers: before they are normalised."""',
    ...indented([
      `maps = [${[...inputs.map((k) => `inputs[${k}]`), ...targets.map((k) => `targets[${k}]`)].join(', ')}]`,
      ...(lines.some((line) => /\bfill\b/.test(line)) ? [`fills = [${fills.join(', ')}]`] : []),
      ...(lines.some((line) => /\bheight\b|\bwidth\b/.test(line)) ? ['height, width = maps[0].shape[-2:]'] : []),
      ...lines,
      ...inputs.map((k, at) => `inputs[${k}] = maps[${at}]`),
      ...targets.map((k, at) => `targets[${k}] = maps[${inputs.length + at}]`),
      'return inputs, targets',
    ]),
  ].join('\n');
}

const PLAIN_BATCH = `def training_batch(part, step, chosen, places, everywhere, seed, number, device):
    """Inputs and targets of a step."""
    inputs, targets = fetch(part.split, chosen, device)
    return [*inputs, *targets]`;

const CHANGED_BATCH = `def training_batch(part, step, chosen, places, everywhere, seed, number, device):
    """Inputs and targets of a step, varied by the seed, the step and the place in the batch."""
    inputs, targets = augment(*fetch(part.split, chosen, device), draws(seed, number, places))
    return [*inputs, *targets]`;

function mixtureText({ words, size }: Mix): string {
  const rest = ({ part }: Values) => (part === 1 ? '' : ` and random.random() < ${text(part)}`);
  const choices = words.flatMap(({ kind, ...values }, k) => [
    `if word == ${k}${rest(values)}:`,
    `    return ${MIXTURES[kind]!(values, size)}`,
  ]);
  return [
    'def mixture(seed, number):',
    '    """What the images of a step are mixed of: the share of their own, and the box that others stand in, if there is one."""',
    '    random = np.random.default_rng((seed, number))',
    `    word = random.integers(${words.length})`,
    ...indented(choices),
    '    return 1.0, None',
  ].join('\n');
}

function mixedBatch({ maps, words }: Mix, varied: boolean): string {
  const fetched = (places: string) => {
    const images = places === 'places' ? 'chosen' : `part.order[step * part.batch + ${places}]`;
    const plain = `fetch(part.split, ${images}, device)`;
    return varied ? `augment(*${plain}, draws(seed, number, ${places}))` : plain;
  };
  const pastes = maps.length > 0 && words.some(({ kind }) => kind === 'cutmix');
  return [
    'def training_batch(part, step, chosen, places, everywhere, seed, number, device):',
    '    """Inputs and targets of a step; each image is mixed with the next of the batch, and the last with the first."""',
    ...indented([
      `inputs, targets = ${fetched('places')}`,
      'share, box = mixture(seed, number)',
      'if share == 1:',
      '    return [*inputs, *targets]',
      'following = (places + 1) % everywhere',
      `others, partners = ${fetched('following')}`,
      'inputs = [blend(own, other, share, box) for own, other in zip(inputs, others)]',
      ...(pastes
        ? [
            '# A map that a box was pasted into is the target of both.',
            `for k in (${maps.join(', ')},) if box else ():`,
            '    targets[k] = partners[k] = blend(targets[k], partners[k], share, box)',
          ]
        : []),
      'return [*inputs, *targets, *partners, share]',
    ]),
  ].join('\n');
}
