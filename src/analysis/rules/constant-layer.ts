import { diagnostic } from '../../diagnostics/catalogue.ts';
import { type Rule, traitsOf } from './rule.ts';

/** What a layer makes of an input that leaves it nothing to compare: a number that no image changes. */
export const constantLayer: Rule = ({ model, elaboration }) =>
  model.layers.flatMap((layer) => {
    const [input] = layer.inputs;
    const { batch } = elaboration.settings;
    const reason = input && traitsOf(layer).constantFor?.(input.shape, layer.attributes, batch);
    if (!reason) return [];
    const message = `\`${layer.name}\` gives the same for every image: ${reason}`;
    const fix = { message: `leave out \`${layer.operator}\`, or let it see more values` };
    return [diagnostic('CNN5009', message, { span: layer.span, fix })];
  });
