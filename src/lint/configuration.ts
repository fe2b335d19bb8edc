/** @file `cnnc.json`, in which a project says how much what the rules find matters to it. */
import type { Levels } from './lint.ts';
import { ruleCodes } from './rules.ts';

/** `{ "levels": { "CNN5005": "allow", "CNN5001": "error" } }`; what is not named keeps its own level. */
export interface Configuration {
  readonly levels: Levels;
}

export interface ConfigurationProblem {
  readonly problem: string;
  readonly help: string;
}

const LEVELS = ['error', 'warning', 'advice', 'allow'] as const;

export function readConfiguration(text: string): Configuration | ConfigurationProblem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `this is no JSON: ${(error as Error).message}`, help: 'write `{ "levels": {} }`' };
  }
  if (!isRecord(value)) return { problem: 'this is no object', help: 'write `{ "levels": {} }`' };
  const unknown = Object.keys(value).find((key) => key !== 'levels');
  if (unknown !== undefined) return { problem: `unknown key \`${unknown}\``, help: 'there is `levels`' };
  const { levels = {} } = value;
  if (!isRecord(levels)) return { problem: '`levels` is no object', help: 'write `"levels": { "CNN5005": "allow" }`' };
  for (const [code, level] of Object.entries(levels)) {
    if (!Object.hasOwn(ruleCodes, code))
      return { problem: `\`${code}\` is the code of no rule`, help: 'only what rules find has a level to choose' };
    if (!LEVELS.some((known) => known === level))
      return { problem: `\`${code}\` cannot be ${JSON.stringify(level)}`, help: `it may be ${LEVELS.join(', ')}` };
  }
  return { levels: levels as Levels };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
