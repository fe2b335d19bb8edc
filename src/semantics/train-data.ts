/** @file Where the images come from and what is done to them, and how weights start. */
import type { Node } from '../ir/graph.ts';
import type { Argument, Setting } from '../syntax/ast.ts';
import { evaluate } from './expressions.ts';
import { callInitializer, initializerNames } from './initializers.ts';
import type { TrainSettings } from './model.ts';
import { checkedNumber } from './number-spec.ts';
import { didYouMean, fail, help } from './problems.ts';
import { argumentsOf, evaluatedArguments, numbersOf, onlyArgument, type Term, termOf } from './train-terms.ts';
import { describe, type Value } from './values.ts';
import type { Place } from './walk.ts';

const dataKinds = ['digits', 'mnist', 'cifar10', 'cifar100', 'images', 'npz', 'csv'];

/** `mnist("data/mnist")` is the specification `mnist:data/mnist`. */
export function data(file: Place, setting: Setting): string {
  const argument = onlyArgument(setting);
  if (argument.value.kind === 'string') return argument.value.value;
  const term = termOf(setting, argument, dataKinds);
  const kind = term.name.text;
  if (kind === 'digits') return digits(file, term);
  const place = argumentsOf(file, term, ['path']).get('path');
  if (place?.value.kind === 'string' && place.value.value !== '') return `${kind}:${place.value.value}`;
  const found = place ? `, found ${describe(place.value)}` : '';
  return fail('CNN2054', `\`${kind}\` needs the place of the data${found}`, place?.span ?? term.span, {
    ...help(`write \`${kind}("path/to/data")\``),
  });
}

function digits(file: Place, term: Term): string {
  const specs = (['train', 'test', 'seed'] as const).map((name) => ({ name, default: 0, minimum: 1, whole: true }));
  if (term.arguments.length === 0) return 'digits';
  const numbers = Object.entries(numbersOf(file, term, specs)).filter(([, value]) => value > 0);
  return `digits:${numbers.map(([name, value]) => `${name}=${value}`).join(',')}`;
}

/** One number for each channel; a single one serves for all. */
export function normalize(file: Place, setting: Setting): NonNullable<TrainSettings['normalize']> {
  const channels = file.walk.inputs[0]?.shape[0];
  const mean = channelNumbers(file, setting, 'mean', channels);
  return { mean, deviation: channelNumbers(file, setting, 'std', channels) };
}

function channelNumbers(file: Place, setting: Setting, name: 'mean' | 'std', channels: number | undefined): number[] {
  const unknown = setting.arguments.find(({ name: given }) => given?.text !== 'mean' && given?.text !== 'std');
  if (unknown) unknownPart(unknown);
  const parts = setting.arguments.filter(({ name: given }) => given?.text === name);
  const [part] = parts;
  if (!part || parts.length > 1)
    return fail('CNN2054', `\`normalize\` needs one \`${name}\``, setting.span, {
      ...help('write `normalize mean: [0.5], std: [0.25]`'),
    });
  const value = evaluate(file, part.value);
  const items: readonly Value[] = value.kind === 'list' ? value.items : [value];
  const { span } = part.value;
  const limits = name === 'std' ? { minimum: 0, exclusive: true } : {};
  const numbers = items.map((item) => checkedNumber({ name, ...limits }, item, span));
  if (channels === undefined) return numbers;
  if (numbers.length === 1) return Array.from({ length: channels }, () => numbers[0]!);
  if (numbers.length === channels) return numbers;
  return fail('CNN2054', `\`${name}\` has ${numbers.length} numbers for an input of ${channels} channels`, span, {
    ...help('give one number for each channel, or one for all'),
  });
}

function unknownPart({ name, value }: Argument): never {
  if (name) {
    const edit = didYouMean(name.text, ['mean', 'std'], name.span);
    return fail('CNN2020', `\`normalize\` has no argument \`${name.text}\``, name.span, edit);
  }
  return fail('CNN2054', '`normalize` takes named values', value.span, help('write `mean: [0.5], std: [0.25]`'));
}

export function augment(file: Place, setting: Setting): TrainSettings['augment'] {
  const result = { flipHorizontal: false, flipVertical: false, cropPad: 0 };
  for (const argument of setting.arguments) {
    const term = termOf(setting, argument, ['flip', 'crop']);
    if (term.name.text === 'crop')
      result.cropPad = numbersOf(file, term, [{ name: 'pad', minimum: 0, maximum: 255, whole: true }]).pad;
    else Object.assign(result, flips(setting, term));
  }
  checkMaps(file, setting, result.cropPad > 0);
  return result;
}

/** Targets that are maps are moved as the images are, so they must have their size; and what comes in from outside is no class. */
function checkMaps({ walk }: Place, setting: Setting, crops: boolean): void {
  const sizeOf = ({ node }: { readonly node: Node }) => node.shape.slice(-2).join();
  const images = walk.inputs.filter(({ node }) => node.shape.length > 1);
  for (const map of walk.targets.filter(({ node }) => node.shape.length > 1)) {
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
    if (crops && map.type.kind === 'class' && map.type.ignore === undefined)
      fail('CNN2060', `\`crop\` needs a number for pixels of \`${map.name}\` from outside of the map`, setting.span, {
        notes,
        ...help('declare one that is no class, such as `ignore: 255`, in its `class(…)`'),
      });
  }
}

/** `flip(horizontal)`, `flip(vertical)` or both. */
function flips(setting: Setting, term: Term): { flipHorizontal?: boolean; flipVertical?: boolean } {
  if (term.arguments.length === 0)
    fail('CNN2054', '`flip` needs a direction', term.span, help('write `flip(horizontal)`'));
  const directions = term.arguments.map((argument) => termOf(setting, argument, ['horizontal', 'vertical']).name.text);
  return {
    ...(directions.includes('horizontal') && { flipHorizontal: true }),
    ...(directions.includes('vertical') && { flipVertical: true }),
  };
}

export function initializer(file: Place, setting: Setting): TrainSettings['weightInitializer'] {
  const term = termOf(setting, onlyArgument(setting), initializerNames);
  const name = initializerNames.find((known) => known === term.name.text)!;
  return callInitializer(name, evaluatedArguments(file, term), term.span).initialization;
}
