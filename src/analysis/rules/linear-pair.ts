import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Layer } from '../../semantics/model.ts';
import { type Rule, type RuleContext, traitsOf } from './rule.ts';

/** Two linear maps in a row are one. Convolutions may be factorised on purpose (depthwise, bottleneck); dense layers not. */
export const linearPair: Rule = (context) =>
  context.model.layers.flatMap((layer) => {
    const before = layer.operator === 'dense' ? linearSource(layer, context) : undefined;
    if (!before || layer.output.shape[0]! > before.output.shape[0]!) return [];
    return [
      diagnostic(
        'CNN5007',
        `nothing bends between \`${before.name}\` and \`${layer.name}\`: together they are one layer`,
        {
          span: layer.span,
          notes: [{ message: `\`${before.name}\` is here`, span: before.span }],
          fix: { message: 'put an activation such as `relu` between them, or remove one' },
        },
      ),
    ];
  });

function linearSource(layer: Layer, context: RuleContext): Layer | undefined {
  const [source] = context.sourcesOf(layer);
  if (!source || context.usersOf(source).length > 1) return undefined;
  if (traitsOf(source).keeps === 'numbers') return linearSource(source, context);
  return source.operator === 'dense' ? source : undefined;
}
