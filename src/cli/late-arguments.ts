/**
 * @file Values of options that are compared with long lists: rules, passes, columns. The lists are loaded when such an
 * option is given, not with the usage of all commands.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { nearest } from '../common/nearest.ts';

type Read = (text: string) => Promise<unknown>;

/** An option whose value is read just before its command runs. */
export class LateOption extends Option {
  readonly #read: Read;
  readonly #repeated: boolean;

  constructor(flags: string, description: string, read: Read, { repeated = false } = {}) {
    super(flags, description);
    this.#read = read;
    this.#repeated = repeated;
    if (repeated) this.argParser((text: string, earlier: readonly string[] = []) => [...earlier, text]);
  }

  async readIn(command: Command): Promise<void> {
    const name = this.attributeName();
    const given = command.getOptionValue(name);
    if (given === undefined) return;
    const values = await Promise.all([given].flat().map((text: string) => this.#readOne(text, command)));
    command.setOptionValueWithSource(name, this.#repeated ? values : values[0], 'cli');
  }

  async #readOne(text: string, command: Command): Promise<unknown> {
    try {
      return await this.#read(text);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      return command.error(`error: option '${this.flags}' argument '${text}' is invalid. ${error.message}`, error);
    }
  }
}

export async function readLateOptions(command: Command): Promise<void> {
  for (const option of command.options) if (option instanceof LateOption) await option.readIn(command);
}

const codeOf = (text: string) => `CNN${text.toUpperCase().replace(/^CNN/, '')}`;

/** `CNN5005` or `5005`. */
export async function ruleCode(text: string): Promise<string> {
  const { ruleCodes } = await import('../lint/rules.ts');
  if (Object.hasOwn(ruleCodes, codeOf(text))) return codeOf(text);
  throw new InvalidArgumentError('Give the code of a rule; errors cannot be allowed.');
}

/** The code of any diagnostic. */
export async function anyCode(text: string): Promise<string> {
  const { allCodes } = await import('./all-codes.ts');
  if (Object.hasOwn(allCodes, codeOf(text))) return codeOf(text);
  throw new InvalidArgumentError('There is no such code; `cnnc explain` lists them.');
}

/** `name,flops,memory` */
export async function columnNames(text: string): Promise<string[]> {
  const { COLUMNS, findColumn } = await import('../analysis/summary-columns.ts');
  const names = text.split(',').map((name) => name.trim());
  const known = COLUMNS.map(({ name }) => name);
  const unknown = names.find((name) => !findColumn(name));
  if (unknown === undefined) return names;
  const near = nearest(unknown, known);
  throw new InvalidArgumentError(`${near ? `Did you mean ${near}? ` : ''}There are ${known.join(', ')}.`);
}

const loadPasses = () => import('../passes/pipeline.ts');

/** An optional pass. */
export async function skippedPass(text: string): Promise<string> {
  const names = (await loadPasses()).listPasses().flatMap(({ name, optional }) => (optional ? [name] : []));
  if (names.includes(text)) return text;
  throw new InvalidArgumentError(`Passes that can be left out: ${names.join(', ')}.`);
}

export function passName(...extra: readonly string[]): (text: string) => Promise<string> {
  return async (text) => {
    const names = [...(await loadPasses()).listPasses().map(({ name }) => name), ...extra];
    if (names.includes(text)) return text;
    const near = nearest(text, names);
    throw new InvalidArgumentError(near ? `Did you mean ${near}?` : '--list-passes lists the passes.');
  };
}
