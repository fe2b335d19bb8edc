/**
 * @file What Keras, PyTorch and others call our layers, attributes, losses, metrics, functions, optimisers, schedules,
 * starts and settings. Capitals and underscores do not count: `MaxPooling2D` and `max_pooling2d` are one name.
 */

/** Our name, and theirs. */
export const FOREIGN_NAMES: Readonly<Record<string, string>> = {
  // Layers
  conv: 'conv2d convolution convolution2d conv1d lazyconv2d convlayer',
  depthwise: 'depthwiseconv2d depthwise_conv2d depthwiseconv',
  convtranspose: 'convtranspose2d conv2dtranspose conv_transpose conv_transpose2d deconv deconvolution transposedconv',
  local: 'locallyconnected2d locally_connected',
  dense: 'linear fc fullyconnected fully_connected lazylinear innerproduct',
  maxpool: 'maxpool2d maxpooling2d max_pool2d maxpooling max_pool pool',
  avgpool: 'avgpool2d averagepooling2d avg_pool2d averagepooling average_pool avg_pool meanpool',
  lppool: 'lppool2d lp_pool2d',
  adaptiveavgpool: 'adaptiveavgpool2d adaptive_avg_pool2d',
  adaptivemaxpool: 'adaptivemaxpool2d adaptive_max_pool2d',
  globalavgpool: 'globalaveragepooling2d global_average_pooling gap globalaveragepool',
  globalmaxpool: 'globalmaxpooling2d globalmaxpool2d',
  pad: 'zeropad2d zeropadding2d reflectionpad2d replicationpad2d constantpad2d padding padding2d',
  crop: 'cropping2d centercrop center_crop random_crop randomcrop',
  upsample: 'upsampling2d upsamplingbilinear2d upsamplingnearest2d interpolate resize unpool',
  flatten: 'flattenlayer ravel',
  reshape: 'view unflatten',
  permute: 'transpose',
  slice: 'narrow',
  split: 'chunk',
  concat: 'concatenate cat merge',
  add: 'addition sumlayer',
  sub: 'subtract',
  mul: 'multiply',
  div: 'divide',
  channelshuffle: 'channel_shuffle shufflechannels',
  pixelshuffle: 'depth_to_space subpixel',
  pixelunshuffle: 'space_to_depth',
  variance: 'var',
  mean: 'reduce_mean',
  sum: 'reduce_sum',
  batchnorm: 'batchnorm2d batchnorm1d batchnormalization batch_norm bn',
  layernorm: 'layernormalization layer_norm ln',
  groupnorm: 'groupnormalization group_norm gn',
  instancenorm: 'instancenorm2d instancenormalization instance_norm',
  lrn: 'localresponsenorm local_response_normalization',
  dropout: 'alphadropout',
  spatialdropout: 'dropout2d spatialdropout2d featurealphadropout',
  stochasticdepth: 'stochastic_depth droppath drop_path',
  // Activations
  relu: 'rectifier rectified_linear',
  leakyrelu: 'leaky_relu lrelu',
  silu: 'swish',
  sigmoid: 'logistic',
  hardswish: 'hard_swish hswish',
  hardsigmoid: 'hard_sigmoid hsigmoid',
  logsoftmax: 'log_softmax',
  softmax: 'softmax2d',
  exp: 'exponential',
  // Losses
  crossentropy:
    'cross_entropy crossentropyloss categorical_crossentropy sparse_categorical_crossentropy nll nllloss nll_loss softmax_cross_entropy softmaxcrossentropy',
  mse: 'mseloss mean_squared_error meansquarederror l2loss mse_loss',
  mae: 'l1loss mean_absolute_error meanabsoluteerror l1_loss',
  huber: 'smoothl1loss huberloss smooth_l1_loss smooth_l1',
  bce: 'binary_crossentropy binarycrossentropy bceloss bcewithlogitsloss bce_with_logits',
  hinge: 'hingeloss multimarginloss categorical_hinge',
  focal: 'focalloss focal_loss',
  kldiv: 'kldivloss kl_divergence kullback_leibler kl',
  // Metrics
  accuracy: 'acc categorical_accuracy sparse_categorical_accuracy binary_accuracy accuracy_score',
  topk: 'top_k_accuracy top5 topkcategoricalaccuracy top_k_categorical_accuracy',
  iou: 'meaniou mean_iou jaccard',
  confusion: 'confusion_matrix confusionmatrix',
  recall: 'sensitivity',
  // Attributes
  stride: 'strides',
  channels: 'filters out_channels',
  kernel: 'kernel_size pool_size',
  units: 'out_features neurons num_units',
  bias: 'use_bias',
  rate: 'p probability prob',
  slope: 'negative_slope',
  eps: 'epsilon',
  groups: 'num_groups',
  multiplier: 'depth_multiplier',
  mode: 'padding_mode',
  count_padding: 'count_include_pad',
  ceil: 'ceil_mode',
  dilation: 'dilation_rate',
  smoothing: 'label_smoothing',
  shared: 'num_parameters',
  parts: 'chunks',
  factor: 'scale_factor upscale_factor downscale_factor',
  keepdims: 'keepdim',
  axis: 'dim',
  init: 'kernel_initializer weight_init',
  // Optimisers, schedules, starts
  sgd: 'momentum_sgd stochastic_gradient_descent nag',
  adamw: 'adam_w',
  rmsprop: 'rms_prop',
  lr: 'learning_rate',
  weight_decay: 'decay l2',
  cosine: 'cosineannealing cosineannealinglr cosine_decay cosinedecay',
  step: 'steplr step_lr stepdecay',
  multistep: 'multisteplr multi_step_lr piecewise piecewiseconstantdecay',
  onecycle: 'onecyclelr one_cycle_lr',
  plateau: 'reducelronplateau reduce_lr_on_plateau',
  triangle: 'cycliclr cyclic triangular',
  polynomial: 'polynomiallr polynomialdecay poly',
  kaiming: 'he he_normal kaiming_normal',
  xavier_normalized: 'glorot glorot_uniform xavier_uniform',
  normal: 'random_normal gaussian',
  uniform: 'random_uniform',
  // Augmentations
  flip: 'random_flip randomhorizontalflip randomverticalflip',
  shift: 'translate random_translation',
  rotate: 'rotation random_rotation randomrotation',
  scale: 'zoom random_zoom',
  shear: 'skew',
  erase: 'cutout random_erasing randomerasing',
  noise: 'gaussian_noise gaussiannoise',
  mixup: 'mix_up random_mixup randommixup',
  cutmix: 'cut_mix random_cutmix randomcutmix',
  elastic: 'elastic_transform elastictransform',
  // Settings
  batch: 'batch_size batchsize minibatch',
  epochs: 'epoch num_epochs max_epochs',
  schedule: 'scheduler lr_scheduler lr_schedule',
  augment: 'augmentation transforms transform',
  data: 'dataset datasets',
  normalize: 'normalization normalisation',
  stop: 'early_stopping earlystopping callbacks',
  validation: 'validation_split val_split holdout',
  optimizer: 'optimiser optim',
  accumulate: 'accumulate_grad_batches gradient_accumulation gradient_accumulation_steps accumulation_steps',
  // Figures
  parameters: 'params num_params',
  macs: 'mac multadds',
};

/** What there is instead of what is not there under one name. */
export const FOREIGN_HELP: Readonly<Record<string, string>> = {
  identity: 'leave it out: `x -> identity` is `x`',
  clip: 'write `hardtanh(low, high)`',
  precision: 'there are `accuracy`, `topk`, `recall`, `iou` and `confusion`, whose columns give the precision',
  f1: 'there are `accuracy`, `topk`, `recall`, `iou` and `confusion`, from which it can be computed',
  auc: 'there are `accuracy`, `topk`, `recall`, `iou` and `confusion`',
  sequential: 'a pipeline is written with arrows: `y = x -> conv(6, 5x5) -> relu`',
  residual: 'write `x + (x -> conv(16, 3x3, pad: same))`, or `import { Basic } from "std/residual"`',
  activation: 'write `-> relu` after the layer',
  inputshape: 'the shape is that of the input: `input image: [1, 28, 28]`',
  inchannels: 'leave it out: it is the size of what flows in',
  infeatures: 'leave it out: it is the size of what flows in',
  numfeatures: 'leave it out: it is the size of what flows in',
  inplace: 'leave it out: the compiler decides where values lie',
  dataformat: 'leave it out: shapes are channels, height, width',
};

/** The same for settings of a `train` block. */
export const FOREIGN_SETTINGS: Readonly<Record<string, string>> = {
  lr: 'it belongs to the optimiser: `optimizer sgd(lr: 0.1)`',
  learningrate: 'it belongs to the optimiser: `optimizer sgd(lr: 0.1)`',
  momentum: 'it belongs to the optimiser: `optimizer sgd(lr: 0.1, momentum: 0.9)`',
  weightdecay: 'it belongs to the optimiser: `optimizer sgd(lr: 0.1, weight_decay: 1e-4)`',
  nesterov: 'it belongs to the optimiser: `optimizer sgd(lr: 0.1, momentum: 0.9, nesterov: true)`',
  sgd: 'write `optimizer sgd(lr: 0.1)`',
  adam: 'write `optimizer adam(lr: 0.001)`',
  adamw: 'write `optimizer adamw(lr: 0.001)`',
  shuffle: 'leave it out: training images are always shuffled',
  patience: 'write `stop early(patience: 5)`',
  warmup: 'it belongs to the schedule: `schedule cosine(warmup: 2 epochs)`',
  loss: 'the loss belongs in the network: `loss crossentropy(logits, label)`',
  metric: 'metrics belong in the network: `metric accuracy(logits, label)`',
  metrics: 'metrics belong in the network: `metric accuracy(logits, label)`',
  device: 'leave it out: modules compute on the processor',
  threads: 'it is an option: `--threads 4`',
};

const folded = (name: string) => name.toLowerCase().replaceAll('_', '');

const ours: ReadonlyMap<string, readonly string[]> = Object.entries(FOREIGN_NAMES).reduce((known, [own, theirs]) => {
  for (const name of [own, ...theirs.split(' ')].map(folded)) known.set(name, [...(known.get(name) ?? []), own]);
  return known;
}, new Map<string, readonly string[]>());

/** The one of `candidates` that others call `word`. */
export function ourName(word: string, candidates: readonly string[]): string | undefined {
  return ours.get(folded(word))?.find((name) => candidates.includes(name));
}

/** What to do where a name of others has no counterpart of its own. */
export function foreignHelp(word: string): string | undefined {
  const key = folded(word);
  return Object.hasOwn(FOREIGN_HELP, key) ? FOREIGN_HELP[key] : undefined;
}

export function foreignSettingHelp(word: string): string | undefined {
  const key = folded(word);
  return Object.hasOwn(FOREIGN_SETTINGS, key) ? FOREIGN_SETTINGS[key] : undefined;
}
