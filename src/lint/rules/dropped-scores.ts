import type { Node } from '../../ir/graph.ts';
import type { Layer } from '../../semantics/model.ts';
import { type ModelFacts, traitsOf } from '../model-facts.ts';
import { stageEdit } from '../places.ts';
import { defineRule } from '../rule.ts';

export const droppedScores = defineRule({
  code: 'CNN5040',
  name: 'dropped-scores',
  level: 'warning',
  title: 'dropout of the scores',
  explanation:
    'Dropout makes a unit do without some of what it gets. Behind the last layer nothing gets anything any more: it only sets scores of classes to 0 by chance, the true one among them, and the loss cannot fall below what that costs. It belongs before the last layer.',
  source: 'Srivastava, Hinton, Krizhevsky and others 2014, section 4',
  needs: ['text', 'model'],
  check({ text, model: facts }) {
    const takers = facts.model.steps.filter((step) => traitsOf(step).takesScores && step.definition.kind === 'loss');
    const scores = new Set(takers.map(({ inputs }) => inputs[0]!));
    return facts.layers.flatMap((layer) => {
      if (!traitsOf(layer).drops || layer.attributes.rate === 0 || !scores.has(layer.output)) return [];
      const edit = isReadOnce(layer.inputs[0]!, facts) ? editOf(text, layer, facts) : undefined;
      return [
        {
          message: `\`${layer.name}\` drops scores of classes, which the loss then takes for 0`,
          span: layer.span,
          fix: { message: 'move it before the last layer, or leave it out', ...(edit && { edits: [edit] }) },
        },
      ];
    });
  },
  examples: [
    {
      wrong: 'y = image -> dense(10) -> dropout(20%)\nloss crossentropy(y, label)',
      right: 'y = image -> dense(20) -> relu -> dropout(20%) -> dense(10)\nloss crossentropy(y, label)',
    },
  ],
});

function isReadOnce(node: Node, { layers }: ModelFacts): boolean {
  return layers.filter(({ inputs }) => inputs.includes(node)).length === 1;
}

function editOf(text: string, layer: Layer, { sourcesOf }: ModelFacts) {
  const [before] = sourcesOf(layer);
  return before && stageEdit(text, before, layer);
}
