import { defineRule } from '../rule.ts';
import { placesOf } from '../sliding.ts';

export const misalignedBranches = defineRule({
  code: 'CNN5026',
  name: 'misaligned-branches',
  level: 'advice',
  title: 'branches that meet look at different places',
  explanation:
    'Where branches are added or joined, a place of each should look at the same spot of the image. If a branch crops on one side, or is not padded where the other is, its places lie beside those of the other: features of one spot are added to features of the next. Told of is an offset of a whole place and more.',
  source: 'Araujo, Norris and Sim 2019, section "alignment issues"',
  needs: ['model', 'figures'],
  check: ({ model: { layers }, figures }) =>
    layers.flatMap((layer) => {
      const maps = layer.inputs.filter(({ shape }) => placesOf(shape)?.every((size) => size > 1));
      const stride = figures.fieldOf(layer.output)?.stride;
      const centres = maps.map((map) => figures.centreOf(map));
      const areApart = (pixels: typeof centres) =>
        pixels.some((other) =>
          other?.some((pixel, axis) => Math.abs(pixel - pixels[0]![axis]!) >= Math.max(stride![axis]!, 1)),
        );
      if (!stride || centres.length < 2 || centres.includes(undefined) || !areApart(centres)) return [];
      // Of a signal, paths that look back to different times meet at the present.
      if (stride.length === 1 && !areApart(maps.map((map) => figures.endOf(map)))) return [];
      const texts = centres.map((centre) => centre!.map((pixel) => Number(pixel.toFixed(1))).join(', '));
      return [
        {
          message: `what meets at \`${layer.name}\` looks at different places: around pixel ${texts.join(' and ')}`,
          span: layer.span,
          fix: { message: 'pad or crop both branches alike' },
        },
      ];
    }),
  examples: [
    {
      wrong:
        'x = image -> conv(8, 3x3, pad: same) -> relu\ny = concat(x -> slice(0, 20, axis: height) -> slice(0, 20, axis: width), x -> conv(8, 9x9)) -> maxpool(4) -> dense(10)',
      right:
        'x = image -> conv(8, 3x3, pad: same) -> relu\ny = concat(x, x -> conv(8, 9x9, pad: same)) -> maxpool(4) -> dense(10)',
    },
  ],
});
