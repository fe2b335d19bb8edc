/** @file A Darknet configuration as a network, with its weights if there are any. */
import { diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import { DarknetNumbers, wrongDarknet } from '../../exchange/weights/darknet-numbers.ts';
import { finishImport, type ImportedNetwork } from '../finish-import.ts';
import { flattened, inputOf } from '../layer-steps.ts';
import { present, Unsupported } from '../unsupported.ts';
import { refuse, type Step } from '../values.ts';
import { DARKNET_LAYERS, HEADS, SKIPPED } from './layers.ts';
import { readCfg, type Section } from './read-cfg.ts';

export interface DarknetOptions {
  readonly path: string;
  /** Of the network. */
  readonly name: string;
  readonly weights?: { readonly bytes: Uint8Array; readonly path: string };
}

/** Reports CNN4304 to CNN4306, CNN4314, CNN4315. */
export function importDarknet(text: string, { path, name, weights }: DarknetOptions): ImportedNetwork {
  const [net, ...sections] = readCfg(text, path);
  const input = inputOf('image', inputShape(net!, path));
  const numbers = weights && new DarknetNumbers(weights.bytes, weights.path);
  const { outputs, said } = read(input, sections, numbers);
  if (numbers && numbers.left > 0)
    throw wrongDarknet(weights.path, `it has ${numbers.left} numbers more than the layers need`);
  const named = outputs.map((step, k) => ({ name: outputs.length > 1 ? `scores${k + 1}` : 'scores', step }));
  const comment = 'Read from a configuration of Darknet.';
  return finishImport({ inputs: [input], outputs: named }, { name, comment, said, hasWeights: numbers !== undefined });
}

function inputShape(net: Section, path: string): number[] {
  const shape = ['channels', 'height', 'width'].map((name) => Number(net.text(name, name === 'channels' ? '3' : '')));
  if (/^net(work)?$/.test(net.kind) && shape.every((size) => Number.isSafeInteger(size) && size > 0)) return shape;
  const message = `\`${path}\` does not begin with a [net] that has a height and a width`;
  throw new DiagnosticError(
    diagnostic('CNN4305', message, { fix: { message: 'add `height=`, `width=` and `channels=`' } }),
  );
}

function read(input: Step, sections: readonly Section[], numbers: DarknetNumbers | undefined) {
  const unsupported = new Unsupported();
  const results: (Step | undefined)[] = [];
  const outputs: (Step | undefined)[] = [];
  const left = new Map<string, number>();
  let x: Step | undefined = input;
  for (const [index, section] of sections.entries()) {
    const { kind, line } = section;
    const before: Step | undefined = x;
    if (HEADS.has(kind)) outputs.push(before);
    if (HEADS.has(kind) || SKIPPED.has(kind)) left.set(kind, (left.get(kind) ?? 0) + 1);
    else
      x = unsupported.attempt(kind, `[${kind}], line ${line}`, () => {
        if (!Object.hasOwn(DARKNET_LAYERS, kind)) refuse('');
        const at = (place: number) =>
          place >= 0 && place < index ? present(results[place]) : refuse(`it takes layer ${place}`);
        return DARKNET_LAYERS[kind]!({ x: present(before), section, index, at, ...(numbers && { numbers }) });
      });
    results.push(x);
  }
  unsupported.check('configuration');
  if (outputs.length === 0) outputs.push(x);
  const said = [...left].map(
    ([kind, count]) => `${count} [${kind}] left out${HEADS.has(kind) ? ': what it gets is an output' : ''}`,
  );
  return { outputs: outputs.map((step) => ended(step!)), said };
}

/** A map of one place in the end is a vector. */
function ended(step: Step): Step {
  return /^adaptive/.test(step.word) ? flattened(step) : step;
}
