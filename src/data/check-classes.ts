/** @file Whether the classes that data name are those that the network tells apart. */
import type { TargetPort } from './dataset.ts';
import { TrainerError } from './trainer-error.ts';

const MOST_TOLD = 6;

/** The first of the names. */
export function quoteSome(names: readonly string[]): string {
  const told = names.slice(0, MOST_TOLD).map((name) => `\`${name}\``);
  return `${told.join(', ')}${names.length > MOST_TOLD ? ` and ${names.length - MOST_TOLD} more` : ''}`;
}

/** CNN4154 unless the network has a class for each name. A network without targets takes the images alone. */
export function checkClasses(
  classes: readonly string[],
  targets: Readonly<Record<string, TargetPort>>,
  place: string,
): void {
  const named = Object.entries(targets);
  const [only] = named;
  if (!only) return;
  const [name, { classes: wanted, shape }] = only;
  const count = `\`${place}\` has ${classes.length} ${classes.length === 1 ? 'class' : 'classes'}`;
  const found = `${count} (${quoteSome(classes)})`;
  if (named.length > 1 || !wanted || (shape && shape.length > 0)) {
    const problem = `${found}, but the network's target${named.length > 1 ? 's are' : ' is'} ${named.map(([key]) => `\`${key}\``).join(', ')}`;
    throw new TrainerError(
      'CNN4154',
      problem,
      `declare one target of classes: \`target label: class(${classes.length})\``,
    );
  }
  if (wanted === classes.length) return;
  const hint = `declare \`target ${name}: class(${classes.length})\`, and as many scores in the last layer`;
  throw new TrainerError('CNN4154', `${found}, but \`${name}\` has ${wanted}`, hint);
}
