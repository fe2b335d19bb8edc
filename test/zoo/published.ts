/**
 * @file The networks in `examples/zoo` and the figures that were published about them. `parameters` are those that are
 * learned, running statistics not counted; `macs` are multiply-adds of one image in layers with weights, padding counted,
 * and a multiply-add is one (torchvision prints them as GFLOPS, others as "FLOPs" or "mult-adds").
 */
import type { Shape } from '../../src/ir/graph.ts';

export interface PublishedNetwork {
  /** In `examples/zoo`, without `.cnn`. */
  readonly file: string;
  /** Parameters of the network that make this variant of it. */
  readonly set?: Readonly<Record<string, number | string | boolean>>;
  /** Exactly. */
  readonly parameters: number;
  /** Exactly. */
  readonly macs: number;
  readonly output: Shape;
  /** Its name in torchvision, where it has one; `test/oracle/zoo.json` has its figures; with `+aux`, those with auxiliary heads. */
  readonly torchvision?: string;
  /** What was printed, to the digits it was printed in: `4.089G` multiply-adds, `0.97M` parameters. */
  readonly printed?: { readonly macs?: string; readonly parameters?: string };
  readonly source: string;
}

const TORCHVISION = 'torchvision, table of classification weights';
const classes: Shape = [1000];

export const PUBLISHED: readonly PublishedNetwork[] = [
  {
    file: 'alexnet',
    parameters: 61_100_840,
    macs: 714_188_480,
    output: classes,
    torchvision: 'alexnet',
    printed: { macs: '0.714G' },
    source: TORCHVISION,
  },
  {
    file: 'vgg',
    set: { depth: 11 },
    parameters: 132_863_336,
    macs: 7_609_090_048,
    output: classes,
    torchvision: 'vgg11',
    printed: { macs: '7.609G' },
    source: TORCHVISION,
  },
  {
    file: 'vgg',
    set: { depth: 13 },
    parameters: 133_047_848,
    macs: 11_308_466_176,
    output: classes,
    torchvision: 'vgg13',
    printed: { macs: '11.308G' },
    source: TORCHVISION,
  },
  {
    file: 'vgg',
    set: { depth: 16 },
    parameters: 138_357_544,
    macs: 15_470_264_320,
    output: classes,
    torchvision: 'vgg16',
    printed: { macs: '15.470G' },
    source: TORCHVISION,
  },
  {
    file: 'vgg',
    set: { depth: 19 },
    parameters: 143_667_240,
    macs: 19_632_062_464,
    output: classes,
    torchvision: 'vgg19',
    printed: { macs: '19.632G' },
    source: TORCHVISION,
  },
  {
    file: 'vgg',
    set: { depth: 11, norm: true },
    parameters: 132_868_840,
    macs: 7_609_090_048,
    output: classes,
    torchvision: 'vgg11_bn',
    printed: { macs: '7.609G' },
    source: TORCHVISION,
  },
  {
    file: 'vgg',
    set: { depth: 13, norm: true },
    parameters: 133_053_736,
    macs: 11_308_466_176,
    output: classes,
    torchvision: 'vgg13_bn',
    printed: { macs: '11.308G' },
    source: TORCHVISION,
  },
  {
    file: 'vgg',
    set: { depth: 16, norm: true },
    parameters: 138_365_992,
    macs: 15_470_264_320,
    output: classes,
    torchvision: 'vgg16_bn',
    printed: { macs: '15.470G' },
    source: TORCHVISION,
  },
  {
    file: 'vgg',
    set: { depth: 19, norm: true },
    parameters: 143_678_248,
    macs: 19_632_062_464,
    output: classes,
    torchvision: 'vgg19_bn',
    printed: { macs: '19.632G' },
    source: TORCHVISION,
  },
  {
    file: 'nin',
    parameters: 966_986,
    macs: 222_486_528,
    output: [10],
    printed: { parameters: '1M' },
    source: 'Lin et al. 2013; Springenberg et al. 2014: about 1M',
  },
  {
    file: 'allcnn',
    parameters: 1_369_738,
    macs: 270_798_336,
    output: [10],
    printed: { parameters: '1.4M' },
    source: 'Springenberg et al. 2014: 1.4M',
  },
  {
    file: 'googlenet',
    set: { aux: false },
    parameters: 6_624_904,
    macs: 1_498_376_192,
    output: classes,
    torchvision: 'googlenet',
    printed: { macs: '1.498G' },
    source: TORCHVISION,
  },
  {
    file: 'googlenet',
    parameters: 13_004_888,
    macs: 1_506_748_416,
    output: classes,
    torchvision: 'googlenet+aux',
    source: TORCHVISION,
  },
  {
    file: 'resnet',
    set: { depth: 18 },
    parameters: 11_689_512,
    macs: 1_814_073_344,
    output: classes,
    torchvision: 'resnet18',
    printed: { macs: '1.814G' },
    source: TORCHVISION,
  },
  {
    file: 'resnet',
    set: { depth: 34 },
    parameters: 21_797_672,
    macs: 3_663_761_408,
    output: classes,
    torchvision: 'resnet34',
    printed: { macs: '3.664G' },
    source: TORCHVISION,
  },
  {
    file: 'resnet',
    parameters: 25_557_032,
    macs: 4_089_184_256,
    output: classes,
    torchvision: 'resnet50',
    printed: { macs: '4.089G' },
    source: TORCHVISION,
  },
  {
    file: 'resnet',
    set: { depth: 101 },
    parameters: 44_549_160,
    macs: 7_801_405_440,
    output: classes,
    torchvision: 'resnet101',
    printed: { macs: '7.801G' },
    source: TORCHVISION,
  },
  {
    file: 'resnet',
    set: { depth: 152 },
    parameters: 60_192_808,
    macs: 11_513_626_624,
    output: classes,
    torchvision: 'resnet152',
    printed: { macs: '11.514G' },
    source: TORCHVISION,
  },
];
