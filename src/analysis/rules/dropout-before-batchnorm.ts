import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Layer } from '../../semantics/model.ts';
import { type Rule, traitsOf } from './rule.ts';

/** In inference dropout is gone and variances are smaller than the running ones (Li, Chen, Hu and Yang 2019). */
export const dropoutBeforeBatchnorm: Rule = ({ model, sourcesOf }) => {
  const dropped = new Map<Layer, Layer>();
  for (const layer of model.layers) {
    const before = sourcesOf(layer).flatMap((source) => dropped.get(source) ?? [])[0];
    const own = traitsOf(layer).drops && layer.attributes.rate !== 0 ? layer : before;
    if (own) dropped.set(layer, own);
  }
  const first = model.layers.find((layer) => gathersStatistics(layer) && dropped.has(layer));
  if (!first) return [];
  const dropout = dropped.get(first)!;
  return [
    diagnostic(
      'CNN5006',
      `\`${first.name}\` gathers its statistics behind dropout and will not find them in inference`,
      {
        span: first.span,
        notes: [{ message: 'the dropout is here', span: dropout.span }],
        fix: { message: 'move the dropout behind the last `batchnorm`' },
      },
    ),
  ];
};

function gathersStatistics({ states }: Layer): boolean {
  return states.some(({ role }) => role === 'buffer');
}
