/** @file Where the images come from and what is done to them. */
import type { Format } from '../../data/format.ts';
import { FORMATS, formatNamed, optionOf } from '../../data/formats.ts';
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Node } from '../../ir/graph.ts';
import type { Argument, Setting } from '../../syntax/ast.ts';
import type { Chosen, Word } from '../../training/word.ts';
import { AUGMENTATIONS } from '../../training/words.ts';
import { evaluate } from '../evaluate/expressions.ts';
import { describe, type Value } from '../evaluate/values.ts';
import { checkedNumber } from '../layers/number-spec.ts';
import type { ModelInput, TrainSettings } from '../model.ts';
import { didYouMean, fail, help } from '../problems.ts';
import type { Place } from '../walk/walk.ts';
import { wordOf } from './read-word.ts';
import { numbersOf, onlyArgument, type Term, termOf } from './terms.ts';

/** `mnist("data/mnist")` is the specification `mnist:data/mnist`, `csv("a.csv", label: last)` is `csv:a.csv,label=last`. */
export function data(file: Place, setting: Setting): string {
  const argument = onlyArgument(setting);
  if (argument.value.kind === 'string') return argument.value.value;
  const term = termOf(
    setting,
    argument,
    FORMATS.map(({ name }) => name),
  );
  const kind = term.name.text;
  const format = formatNamed(kind)!;
  if (!format.place) return placeless(file, term, format);
  const [place, ...options] = term.arguments;
  const text = place && !place.name ? evaluate(file, place.value) : undefined;
  if (text?.kind === 'string' && text.value !== '')
    return [`${kind}:${quoted(text.value)}`, ...options.map((option) => dataOption(file, format, option))].join(',');
  const found = text ? `, found ${describe(text)}` : '';
  return fail('CNN2054', `\`${kind}\` needs the place of the data${found}`, place?.value.span ?? term.span, {
    ...help(`write \`${kind}("path/to/data")\``),
  });
}

/** Commas part options, so what has one stands in quotation marks. */
function quoted(text: string): string {
  return /[,"]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `label=last`, or `header`. A word is itself, unless it names a number or text. */
function dataOption(file: Place, format: Format, { name, value, span }: Argument): string {
  const word = value.kind === 'identifier' && !file.scope.find(value.text) ? value.text : undefined;
  const key = name?.text ?? word ?? '';
  const kind = format.name;
  const option = optionOf(format, key);
  if (!option || !option.takes === (name !== undefined))
    return fail('CNN2020', `\`${kind}\` has no ${key ? `option \`${key}\`` : 'such option'}`, name?.span ?? span, {
      ...didYouMean(
        key,
        format.options.map((one) => one.name),
        name?.span ?? span,
      ),
    });
  if (!name) return key;
  const given: Value = word === undefined ? evaluate(file, value) : { kind: 'string', value: word };
  if (given.kind === 'string' || given.kind === 'number') return `${key}=${quoted(`${given.value}`)}`;
  return fail('CNN2054', `\`${key}\` must be a word, a text or a number, found ${describe(given)}`, value.span, {
    ...help(`write \`${key}: …\` as in \`${kind}:PLACE,${key}=…\``),
  });
}

/** Data that need no place: their options are numbers. */
function placeless(file: Place, term: Term, { name: kind, options }: Format): string {
  const specs = options.map(({ name }) => ({ name, type: 'integer', default: 0, minimum: 1 }) as const);
  if (term.arguments.length === 0) return kind;
  const numbers = Object.entries(numbersOf(file, term, specs)).filter(([, value]) => value > 0);
  return `${kind}:${numbers.map(([name, value]) => `${name}=${value}`).join(',')}`;
}

/**
 * One number for each channel; a single one serves for all. `normalize image, mean: …, std: …` is for that input alone, and
 * may stand once for each.
 */
export function normalize(
  file: Place,
  setting: Setting,
  earlier: TrainSettings['normalize'] = new Map(),
): NonNullable<TrainSettings['normalize']> {
  const { named, rest } = namedInputs(file, setting);
  const unknown = rest.find(({ name: given }) => given?.text !== 'mean' && given?.text !== 'std');
  if (unknown) unknownPart(file, setting, unknown);
  const inputs = named.length > 0 ? named : file.walk.draft.inputs;
  for (const { name } of inputs) if (earlier.has(name)) normalizedTwice(name, setting);
  const [first] = inputs;
  const other = inputs.find(({ shape }) => shape[0] !== first?.shape[0]);
  if (first && other)
    fail(
      'CNN2061',
      `\`normalize\` must say for which input: ${channelsOf(first)}, ${channelsOf(other)}`,
      setting.span,
      {
        ...help(`write \`normalize ${first.name}, mean: …, std: …\`, one for each input that is normalised`),
      },
    );
  const channels = first?.shape[0];
  const mean = channelNumbers(file, setting, 'mean', channels);
  const numbers = { mean, deviation: channelNumbers(file, setting, 'std', channels) };
  return new Map([...earlier, ...inputs.map(({ name }) => [name, numbers] as const)]);
}

function channelsOf({ name, shape }: ModelInput): string {
  return `\`${name}\` has ${shape[0]} channel${shape[0] === 1 ? '' : 's'}`;
}

function normalizedTwice(input: string, { name, span }: Setting): never {
  return fail('CNN2051', `\`${input}\` is normalised twice`, name?.span ?? span, help('remove one of them'));
}

/** The inputs whose names come first among the arguments, and the arguments behind them. */
function namedInputs(file: Place, setting: Setting): { named: ModelInput[]; rest: readonly Argument[] } {
  const { inputs } = file.walk.draft;
  const ends = setting.arguments.findIndex(({ name, value }) => name || value.kind !== 'identifier');
  const names = setting.arguments.slice(0, ends < 0 ? undefined : ends);
  const texts = names.map(textOf);
  const named = names.map(({ value }, k) => {
    const text = texts[k]!;
    if (texts.indexOf(text) < k) namedTwice(text, value.span);
    const found = inputs.find(({ name }) => name === text);
    if (found) return found;
    const known = inputs.map(({ name }) => name);
    return fail('CNN2055', `there is no input \`${text}\` for \`${setting.name.text}\``, value.span, {
      ...didYouMean(text, known, value.span),
    });
  });
  return { named, rest: setting.arguments.slice(named.length) };
}

function namedTwice(input: string, span: Span): never {
  return fail('CNN2025', `\`${input}\` is named twice`, span, help('remove one of them'));
}

function channelNumbers(file: Place, setting: Setting, name: 'mean' | 'std', channels: number | undefined): number[] {
  const parts = setting.arguments.filter(({ name: given }) => given?.text === name);
  const [part] = parts;
  if (!part || parts.length > 1)
    return fail('CNN2054', `\`normalize\` needs one \`${name}\``, setting.span, {
      ...help(`write \`${normalizeForm(file, setting)}\``),
    });
  const value = evaluate(file, part.value);
  const items: readonly Value[] = value.kind === 'list' ? value.items : [value];
  const { span } = part.value;
  const limits = name === 'std' ? { above: 0 } : {};
  const numbers = items.map((item) => checkedNumber({ name, type: 'number', ...limits }, item, span));
  if (channels === undefined) return numbers;
  if (numbers.length === 1) return Array.from({ length: channels }, () => numbers[0]!);
  if (numbers.length === channels) return numbers;
  return fail('CNN2054', `\`${name}\` has ${numbers.length} numbers for an input of ${channels} channels`, span, {
    ...help('give one number for each channel, or one for all'),
  });
}

/** How it is written: for the input that the setting speaks of in whatever way, as in `left: 0.5` and `left(mean: 0.5)`. */
function normalizeForm(file: Place, setting: Setting): string {
  const input = setting.arguments.flatMap((argument) => inputIn(file, argument) ?? [])[0];
  return `normalize ${input ? `${input}, ` : ''}mean: [0.5], std: [0.25]`;
}

/** The input that an argument is called after, or names by its first word. */
function inputIn({ walk }: Place, { name, value }: Argument): string | undefined {
  const known = walk.draft.inputs.map((input) => input.name);
  const word = value.kind === 'call' ? value.callee.text : value.kind === 'string' ? value.value : textOf({ value });
  return [name?.text, word].find((text) => text !== undefined && known.includes(text));
}

function unknownPart(file: Place, setting: Setting, argument: Argument): never {
  const { name, value } = argument;
  const form = help(`write \`${normalizeForm(file, setting)}\``);
  if (name && inputIn(file, argument))
    return fail('CNN2020', `\`normalize\` has no argument \`${name.text}\``, name.span, form);
  if (name) {
    const edit = didYouMean(name.text, ['mean', 'std'], name.span);
    return fail('CNN2020', `\`normalize\` has no argument \`${name.text}\``, name.span, edit);
  }
  return fail('CNN2054', '`normalize` takes named values', value.span, form);
}

/** `augment left, right, flip(horizontal)` moves these inputs alone, and alike; without names it moves all that are maps. */
export function augment(file: Place, setting: Setting): TrainSettings['augment'] {
  // A word that is no input may be a misspelt `flip`.
  const names = file.walk.draft.inputs.map(({ name }) => name);
  const isName = ({ name, value }: Argument) => !name && value.kind === 'identifier' && names.includes(value.text);
  const first = setting.arguments.findIndex((argument) => !isName(argument));
  const named = setting.arguments.slice(0, Math.max(first, 0));
  for (const argument of setting.arguments.slice(named.length)) checkNoInput(file, argument);
  const read = setting.arguments.slice(named.length).map((argument) => wordOf(file, setting, argument, AUGMENTATIONS));
  for (const [k, { word, term, chosen }] of read.entries())
    if (read.slice(0, k).some((other) => (word.repeatable ? same(other.chosen, chosen) : other.word === word)))
      fail('CNN2025', `this \`${word.name}\` is given twice`, term.span, help('remove one of them'));
  named.forEach((argument, k) => {
    if (named.slice(0, k).some((other) => textOf(other) === textOf(argument)))
      namedTwice(textOf(argument), argument.value.span);
  });
  const maps = file.walk.draft.inputs.filter(({ shape }) => shape.length > 1);
  const moved = named.map(
    ({ value }) => file.walk.draft.inputs.find(({ name }) => value.kind === 'identifier' && name === value.text)!,
  );
  const images = moved.length > 0 ? moved : maps;
  const mixing = read.filter(({ word }) => word.effect.mix);
  const single = read.filter(({ word }) => !word.effect.mix);
  if (single.length > 0 || mixing.length === 0) checkImages(setting, images);
  for (const { word, term } of single) if (needsRows(word)) checkRows(images, term);
  if (single.length > 0 && !images.every(isSignal))
    checkMaps(
      file,
      setting,
      images,
      single.find(({ word, chosen }) => word.fills && chosen.border !== 'reflect')?.word,
    );
  for (const { word, term } of single) if (word.colours) checkColours(images, term);
  return {
    steps: single.map(({ chosen }) => chosen),
    ...(mixing.length > 0 && { mix: mixtures(file, setting, mixing, single.length === 0 ? named[0] : undefined) }),
    ...(moved.length > 0 && { inputs: moved.map(({ name }) => name) }),
  };
}

/** `left: flip(horizontal)`, `left(flip(horizontal))`, or `left` alone. */
function checkNoInput(file: Place, argument: Argument): void {
  const input = inputIn(file, argument);
  if (!input) return;
  fail('CNN2054', `\`augment\` names inputs first, and then says what happens to them`, argument.span, {
    ...help(`write \`augment ${input}, flip(horizontal)\``),
  });
}

type ReadWord = ReturnType<typeof wordOf<(typeof AUGMENTATIONS)[number]>>;

/** How images are mixed: with all that the network gets of them, since their targets are mixed too. */
function mixtures(file: Place, setting: Setting, words: readonly ReadWord[], named: Argument | undefined) {
  const { inputs } = file.walk.draft;
  if (named)
    fail(
      'CNN2061',
      `\`${words[0]!.term.name.text}\` mixes all inputs, not \`${textOf(named)}\` alone`,
      named.value.span,
      {
        ...help('name no inputs: those are for what moves or changes images one by one'),
      },
    );
  const cut = words.find(({ word }) => word.rows)?.term;
  if (cut) {
    const other = inputs.find(({ shape }) => shape.length < 3);
    if (other)
      fail(
        'CNN2061',
        `\`${cut.name.text}\` is for pictures, and \`${other.name}\` is [${other.shape.join(', ')}]`,
        cut.span,
        {
          ...help('`mixup` mixes inputs of any shape; a picture is [channels, height, width]'),
        },
      );
    const odd = inputs.find((input) => sizeOf(input) !== sizeOf(inputs[0]!));
    if (odd)
      fail(
        'CNN2061',
        `\`${cut.name.text}\` pastes a box into all inputs: \`${inputs[0]!.name}\` is ${sizeOf(inputs[0]!)}, \`${odd.name}\` is ${sizeOf(odd)}`,
        cut.span,
        help('give them one size, or use `mixup`, which mixes inputs of any shape'),
      );
    checkMaps(file, setting, inputs, undefined);
  }
  const [height = 1, width = 1] = inputs.find(({ shape }) => shape.length > 2)?.shape.slice(-2) ?? [];
  return { words: words.map(({ chosen }) => chosen), size: { height, width } };
}

const textOf = ({ value }: Pick<Argument, 'value'>) => (value.kind === 'identifier' ? value.text : '');

const same = (a: Chosen, b: Chosen) => JSON.stringify(a) === JSON.stringify(b);

const isSignal = ({ shape }: ModelInput) => shape.length === 2;

/** Pixels are moved in two directions, and a square has a height. */
const needsRows = ({ effect, rows }: (typeof AUGMENTATIONS)[number]) =>
  rows === true || effect.place !== undefined || effect.displace !== undefined;

function checkRows(images: readonly ModelInput[], { name, span }: Term): void {
  const signal = images.find(isSignal);
  if (!signal) return;
  fail(
    'CNN2061',
    `\`${name.text}\` is for pictures, and \`${signal.name}\` is a signal [${signal.shape.join(', ')}]`,
    span,
    {
      ...help('signals take `noise`, `brightness` and `contrast`; a picture is [channels, height, width]'),
    },
  );
}

function checkColours(images: readonly ModelInput[], { name, span }: Term): void {
  const other = images.find(({ shape }) => shape[0] !== 3);
  if (!other) return;
  fail('CNN2061', `\`${name.text}\` is for red, green and blue, but ${channelsOf(other)}`, span, {
    ...help('leave it out, or name the inputs that are colour pictures'),
  });
}

const sizeOf = ({ node }: { readonly node: Node }) => node.shape.slice(-2).join(' x ');

/** What is moved together has one size. */
function checkImages(setting: Setting, images: readonly ModelInput[]): void {
  const [first] = images;
  const list = images.find(({ shape }) => shape.length < 2);
  if (list)
    fail('CNN2061', `\`augment\` cannot move \`${list.name}\`, which is no map`, setting.span, {
      ...help('name inputs that have height and width'),
    });
  const other = images.find((image) => sizeOf(image) !== sizeOf(first!));
  if (first && other)
    fail(
      'CNN2061',
      `\`augment\` must say which inputs it moves: \`${first.name}\` is ${sizeOf(first)}, \`${other.name}\` is ${sizeOf(other)}`,
      setting.span,
      help(`write \`augment ${first.name}, …\``),
    );
}

/** Targets that are maps are moved as the images are, so they must have their size; and what comes in from outside is no class. */
function checkMaps({ walk }: Place, setting: Setting, images: readonly ModelInput[], fills: Word | undefined): void {
  for (const map of walk.draft.targets.filter(({ node }) => node.shape.length > 1)) {
    const notes = [{ message: `the target is ${describe({ kind: 'tensor', node: map.node })}` }];
    if (images.some((image) => sizeOf(image) !== sizeOf(map)))
      fail(
        'CNN2060',
        `\`augment\` cannot move the target \`${map.name}\` with the images: its size is another`,
        setting.span,
        {
          notes,
          ...help('give it the size of the images, or leave `augment` out'),
        },
      );
    if (fills && map.type.kind === 'class' && map.type.ignore === undefined)
      fail(
        'CNN2060',
        `\`${fills.name}\` needs a number for pixels of \`${map.name}\` from outside of the map`,
        setting.span,
        {
          notes,
          ...help('declare one that is no class, such as `ignore: 255`, in its `class(…)`'),
        },
      );
  }
}
