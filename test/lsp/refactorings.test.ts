import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { applyEdits } from '../../src/diagnostics/apply-edits.ts';
import { actionsAt } from '../../src/lsp/actions.ts';
import { analyze } from '../../src/lsp/analysis.ts';
import { Workspace } from '../../src/lsp/workspace.ts';
import { parse } from '../../src/syntax/parse.ts';
import { nodesOf } from '../../src/syntax/visit.ts';

/** Small ones, as every change is followed by a whole analysis. */
const files = ['autoencoder', 'fashion', 'lenet', 'mlp', 'zoo/lenet5', 'zoo/conv-autoencoder', 'zoo/siamese'];

/** All that a network computes, whatever its layers are called. */
function computed(text: string): string[][] {
  const { networks, mistakes } = analyze(text, 'net.cnn');
  expect(mistakes.filter(({ severity }) => severity === 'error')).toEqual([]);
  return networks.map(({ elaboration }) =>
    elaboration()!.training.steps.map(({ operator, output, resolved, states }) =>
      JSON.stringify([operator, output.shape, resolved, states.map(({ shape }) => shape)]),
    ),
  );
}

/** What is offered anywhere in a text, each change once. */
function offered(text: string) {
  const workspace = new Workspace();
  workspace.set('net.cnn', text);
  const actions = nodesOf(parse(text, 'net.cnn').program, 'stage').flatMap(({ span }) =>
    actionsAt(workspace, 'net.cnn', span.start).filter(({ title }) => /into a block|as `repeat/.test(title)),
  );
  return [...new Map(actions.map((action) => [JSON.stringify(action.edits), action])).values()];
}

test('a block or a repetition in the place of equal layers changes nothing that is computed', () => {
  const told: string[] = [];
  for (const file of files) {
    const text = readFileSync(new URL(`../../examples/${file}.cnn`, import.meta.url), 'utf8');
    for (const { title, edits } of offered(text)) {
      const after = applyEdits(text, edits);
      expect(computed(after), title).toEqual(computed(text));
      const { program } = parse(after, 'net.cnn');
      expect(program.comments.map((comment) => comment.text)).toEqual(
        parse(text, 'net.cnn').program.comments.map((comment) => comment.text),
      );
      told.push(`${file}: ${title}`);
    }
  }
  expect(told).toContain('autoencoder: extract these 2 layers, written 2 times, into a block `ConvRelu`');
  expect(told).toContain('fashion: write these 2 layers as `repeat(2) Unit(48)`');
  expect(told.length).toBeGreaterThan(8);
});
