import type { CatalogueEntry } from './catalogue-entry.ts';

/** Names, attributes and their values. */
export const nameCodes = {
  CNN2001: {
    severity: 'error',
    title: 'unknown name',
    explanation:
      'A name must be defined before it is used: as an input, a value, a parameter, a constant or a block, or it is the name of a built-in layer or function. `in` exists only inside a block.',
    wrong: 'hidden = image -> flatten -> dense(8)\nlogits = hiden -> dense(10)',
    right: 'hidden = image -> flatten -> dense(8)\nlogits = hidden -> dense(10)',
  },
  CNN2002: {
    severity: 'error',
    title: 'defined twice',
    explanation:
      'In one body a name has one meaning, and that includes in-place names of layers. Only a `for` may give a name of the enclosing body a new value.',
    wrong: 'x = image -> relu\nx = x -> flatten\nlogits = x -> dense(10)',
    right: 'x = image -> relu\ny = x -> flatten\nlogits = y -> dense(10)',
  },
  CNN2003: {
    severity: 'error',
    title: 'used before it is defined',
    explanation:
      'Statements are executed from top to bottom, so a value must stand above its uses. Blocks may be defined anywhere in the file.',
    wrong: 'logits = hidden -> dense(10)\nhidden = image -> flatten',
    right: 'hidden = image -> flatten\nlogits = hidden -> dense(10)',
  },
  CNN2006: {
    severity: 'error',
    title: 'no network',
    explanation:
      'A file that is built, trained or summarised contains a `network`. `cnnc check` also takes a file of definitions alone, which others import: of blocks that nothing applies it checks the names.',
    wrong: 'classes = 10',
    right:
      'network Linear {\n  input image: [1, 28, 28]\n  target label: class(10)\n  logits = image -> dense(10)\n  loss crossentropy(logits, label)\n  output logits\n}',
  },
  CNN2007: {
    severity: 'error',
    title: 'several networks',
    explanation:
      'A file may hold several networks, but one of them is compiled: the one that `--network NAME` says. When none is chosen there must be exactly one.',
    wrong: 'network A { … }\nnetwork B { … }',
    right: 'network A { … }',
  },
  CNN2008: {
    severity: 'error',
    title: 'network without a loss',
    explanation:
      'Training makes the loss smaller, so a network that is trained, or built as a trainer module, needs exactly one. It may be any expression that gives one number. Without a loss a network can be checked, summarised, and predict with weights that it is given.',
    wrong:
      'network N {\n  input image: [1, 28, 28]\n  logits = image -> dense(10)\n  output logits\n}\ntrain N { epochs 3 }',
    right: 'logits = image -> dense(10)\nloss crossentropy(logits, label)\noutput logits',
  },
  CNN2009: {
    severity: 'warning',
    title: 'network without an output',
    explanation:
      '`output` names what the trained network predicts. Without one it can be trained, and predicts nothing.',
    wrong: 'logits = image -> dense(10)\nloss crossentropy(logits, label)',
    right: 'logits = image -> dense(10)\nloss crossentropy(logits, label)\noutput probs = softmax(logits)',
  },
  CNN2010: {
    severity: 'error',
    title: 'network without an input',
    explanation: '`input` declares what flows into the network, with the shape of one image: channels, height, width.',
    wrong: 'network N { output y = 1 }',
    right: 'network N {\n  input image: [1, 28, 28]\n  …\n}',
  },
  CNN2011: {
    severity: 'error',
    title: 'unknown parameter set',
    explanation:
      '`--set name=value` gives a value to a parameter of the network, that is to a name in the parentheses after the name of the network; with `--block NAME`, to one of that block.',
    wrong: 'cnnc summary net.cnn --set clases=5',
    right: 'cnnc summary net.cnn --set classes=5',
  },
  CNN2012: {
    severity: 'error',
    title: 'parameter without a value',
    explanation:
      'A parameter of a network has a default, or it is set from outside with `--set`; so has that of a block which `--block` looks at alone.',
    wrong: 'network N(classes) { … }',
    right: 'network N(classes = 10) { … }',
  },
  CNN2013: {
    severity: 'error',
    title: 'parameter set to a value of another kind',
    explanation: 'What `--set` gives must be of the same kind as the default of the parameter.',
    wrong: 'cnnc summary net.cnn --set classes=many',
    right: 'cnnc summary net.cnn --set classes=5',
  },
  CNN2016: {
    severity: 'error',
    title: 'block returns no tensor',
    explanation: '`return` says which tensor flows out of a block.',
    wrong: 'block B { y = in -> relu }',
    right: 'block B { return in -> relu }',
  },
  CNN2017: {
    severity: 'error',
    title: 'statement in the wrong body',
    explanation:
      '`input`, `target`, `loss`, `metric` and `output` belong to a network, `return` to a block, and a `for` holds named values and assertions.',
    wrong: 'block B { input image: [1, 28, 28] return in }',
    right: 'block B { return in -> relu }',
  },
  CNN2018: {
    severity: 'error',
    title: 'several losses',
    explanation: 'A network has one loss. Several aims are added up with weights.',
    wrong: 'loss crossentropy(logits, label)\nloss mse(logits, label)',
    right: 'loss crossentropy(logits, label) + 0.3 * mse(logits, label)',
  },
  CNN2019: {
    severity: 'error',
    title: 'metric without a name',
    explanation: 'A metric that is a single call is named after the function; any other needs a name.',
    wrong: 'metric 1 - accuracy(logits, label)',
    right: 'metric error = 1 - accuracy(logits, label)',
  },
  CNN2020: {
    severity: 'error',
    title: 'unknown argument',
    explanation: 'Arguments that are named must have one of the names that the layer, block or function declares.',
    wrong: 'x = image -> conv(8, 3x3, strid: 2)',
    right: 'x = image -> conv(8, 3x3, stride: 2)',
  },
  CNN2021: {
    severity: 'error',
    title: 'too many arguments',
    explanation: 'A layer, block or function takes at most as many arguments as it declares.',
    wrong: 'x = image -> relu(3)',
    right: 'x = image -> relu',
  },
  CNN2022: {
    severity: 'error',
    title: 'argument missing',
    explanation: 'Arguments without a default must be given.',
    wrong: 'x = image -> conv(8)',
    right: 'x = image -> conv(8, 3x3)',
  },
  CNN2023: {
    severity: 'error',
    title: 'argument of the wrong kind',
    explanation: 'Each argument takes values of one kind: whole numbers, numbers, pairs, words, `true` or `false`.',
    wrong: 'x = image -> conv(8, 3x3, bias: 0)',
    right: 'x = image -> conv(8, 3x3, bias: false)',
  },
  CNN2024: {
    severity: 'error',
    title: 'argument out of range',
    explanation:
      'Counts and sizes are whole numbers from 1 on, and probabilities lie between 0 and 1. Some bounds are other numbers: the `output_padding` of a transposed convolution is less than its stride, and `topk` cannot ask for more classes than there are.',
    wrong: 'x = image -> dropout(50)',
    right: 'x = image -> dropout(50%)',
  },
  CNN2025: {
    severity: 'error',
    title: 'argument given twice',
    explanation: 'An argument was given by its position and by its name, or twice by its name.',
    wrong: 'x = image -> conv(8, 3x3, kernel: 5x5)',
    right: 'x = image -> conv(8, 5x5)',
  },
  CNN2026: {
    severity: 'error',
    title: 'unknown word',
    explanation: 'Some arguments take one of a few words, such as `pad: same` or `reduction: half`.',
    wrong: 'x = image -> conv(8, 3x3, pad: half)',
    right: 'x = image -> conv(8, 3x3, pad: same)',
  },
  CNN2027: {
    severity: 'error',
    title: 'wrong number of tensors',
    explanation:
      'A layer such as `relu` takes one tensor, a loss such as `crossentropy` two. The arrow `->` gives the first, arguments give the others.',
    wrong: 'loss crossentropy(logits)',
    right: 'loss crossentropy(logits, label)',
  },
  CNN2028: {
    severity: 'error',
    title: 'positional argument after a named one',
    explanation: 'Arguments are matched by position up to the first named one.',
    wrong: 'x = image -> conv(channels: 8, 3x3)',
    right: 'x = image -> conv(8, kernel: 3x3)',
  },
  CNN2030: {
    severity: 'error',
    title: 'not a layer',
    explanation:
      'What stands behind `->` is applied to what flows: a layer, a block or a function. Tensors are joined with `+` or `concat(a, b)`.',
    wrong: 'x = image -> relu\ny = image -> x',
    right: 'x = image -> relu\ny = image + x',
  },
  CNN2031: {
    severity: 'error',
    title: 'not a tensor',
    explanation: 'A pipeline starts with a tensor.',
    wrong: 'x = 3 -> relu',
    right: 'x = image -> relu',
  },
  CNN2032: {
    severity: 'error',
    title: 'operands of the wrong kind',
    explanation: 'Arithmetic joins numbers and tensors; comparisons join constants of one kind.',
    wrong: 'x = image + relu',
    right: 'x = image + (image -> relu)',
  },
  CNN2033: {
    severity: 'error',
    title: 'condition is not constant',
    explanation:
      'Conditions are decided when the network is compiled: they compare parameters, constants and shapes, never values that depend on the image.',
    wrong: 'x = if image > 0 { image } else { image -> relu }',
    right: 'x = if image.channels > 1 { image } else { image -> relu }',
  },
  CNN2034: {
    severity: 'error',
    title: 'whole number expected',
    explanation: 'Counts of repeats, dimensions and classes are whole numbers known when the network is compiled.',
    wrong: 'x = image -> repeat(2.5) relu',
    right: 'x = image -> repeat(2) relu',
  },
  CNN2035: {
    severity: 'error',
    title: 'unknown member',
    explanation: 'Maps have `channels`, `height`, `width` and `shape`; other tensors `shape`; lists `length`.',
    wrong: 'x = if image.depth > 1 { image } else { image -> relu }',
    right: 'x = if image.channels > 1 { image } else { image -> relu }',
  },
  CNN2036: {
    severity: 'error',
    title: 'takes no arguments',
    explanation: 'Only layers, blocks and functions are written with parentheses.',
    wrong: 'x = image -> relu\ny = x(3)',
    right: 'x = image -> relu\ny = x * 3',
  },
  CNN2037: {
    severity: 'error',
    title: 'no such element',
    explanation: 'Elements of a list are numbered from 0.',
    wrong: 'widths = [8, 16]\nx = image -> conv(widths[2], 3x3)',
    right: 'widths = [8, 16]\nx = image -> conv(widths[1], 3x3)',
  },
  CNN2038: {
    severity: 'error',
    title: 'malformed type',
    explanation: 'An input has a shape of one to three dimensions; a target has a shape or is `class(n)`.',
    wrong: 'input image: 28',
    right: 'input image: [1, 28, 28]',
  },
  CNN2039: {
    severity: 'error',
    title: 'loss or metric is not one number',
    explanation:
      'A loss or metric is one number for the batch, or one for each image, whose mean is taken. Reduce tensors with `mean` or `sum`.',
    wrong: 'loss (logits - label)^2',
    right: 'loss mean((logits - label)^2)',
  },
  CNN2040: {
    severity: 'error',
    title: 'output is not a tensor of each image',
    explanation:
      'An output is a tensor that has a value for each image: neither a constant, nor a mean over the batch, nor a target.',
    wrong: 'output y = 3',
    right: 'output y = image -> relu',
  },
  CNN2042: {
    severity: 'error',
    title: 'assertion does not hold',
    explanation:
      '`assert` states what must be true of a network when it is compiled: of sizes and parameters, or of the figures that `cnnc summary` shows: `parameters`, `trainable`, `buffers`, `layers`, `macs`, `flops`, `memory` and its parts.',
    wrong: 'assert classes > 100',
    right: 'assert classes > 1',
  },
  CNN2043: {
    severity: 'error',
    title: 'no such network',
    explanation: 'The network that was asked for is not in the file.',
    wrong: 'cnnc summary net.cnn --network LeNet',
    right: 'cnnc summary net.cnn --network LeNet5',
  },
  CNN2044: {
    severity: 'error',
    title: 'malformed name of a layer',
    explanation:
      'A name in quotation marks becomes part of the names of parameters: letters, digits and `_`, in parts that are joined by dots. Names of layers with parameters do not begin with `optimizer`, in quotation marks or not: in checkpoints, such names are those of what the optimiser keeps.',
    wrong: 'x = image -> "layer 1": conv(4, 3x3)',
    right: 'x = image -> "layer1.0": conv(4, 3x3)',
  },
  CNN2045: {
    severity: 'error',
    title: 'figure of the network out of place',
    explanation:
      'Figures such as `parameters` and `macs` are known when the whole network has been analysed. An assertion may compute with them, compare them and join comparisons with `and`, `or` and `not`; nothing else can depend on them.',
    wrong: 'assert floor(macs / parameters) < 1k',
    right: 'assert macs / parameters < 1k',
  },
  CNN2047: {
    severity: 'error',
    title: 'no such input',
    explanation:
      '`cnnc summary --input 3x320x320` gives another shape to the only input of a network, `--input NAME=3x320x320` to one of several.',
    wrong: 'cnnc summary net.cnn --input picture=3x320x320',
    right: 'cnnc summary net.cnn --input image=3x320x320',
  },
  CNN2048: {
    severity: 'error',
    title: 'no such block',
    explanation:
      '`--block NAME` takes a block for the network. The file must define it, or import it; `cnnc summary std/residual --block Basic` looks at one of the library.',
    wrong: 'cnnc summary net.cnn --block Basik --input 64x32x32',
    right: 'cnnc summary net.cnn --block Basic --input 64x32x32',
  },
  CNN2049: {
    severity: 'error',
    title: 'nothing flows into the block',
    explanation:
      'What a block does depends on what flows into it. Where it is applied that is known; a block that is looked at alone, with `--block`, is told the shape with `--input`.',
    wrong: 'cnnc summary net.cnn --block Basic',
    right: 'cnnc summary net.cnn --block Basic --input 64x32x32',
  },
  CNN2050: {
    severity: 'error',
    title: 'unknown setting',
    explanation:
      'A `train` block knows `data`, `normalize`, `augment`, `init`, `optimizer`, `schedule`, `clip`, `accumulate`, `batch`, `epochs`, `stop`, `validation` and `seed`.',
    wrong: 'train N { batchsize 128 }',
    right: 'train N { batch 128 }',
  },
  CNN2051: {
    severity: 'error',
    title: 'setting given twice',
    explanation: 'Each setting of a `train` block stands at most once.',
    wrong: 'train N { batch 64 batch 128 }',
    right: 'train N { batch 128 }',
  },
  CNN2052: {
    severity: 'error',
    title: 'training of an unknown network',
    explanation: 'The name after `train` is that of a network of the file.',
    wrong: 'train LeNet { epochs 3 }',
    right: 'train LeNet5 { epochs 3 }',
  },
  CNN2053: {
    severity: 'error',
    title: 'network trained twice',
    explanation: 'A network has at most one `train` block.',
    wrong: 'train N { epochs 3 }\ntrain N { batch 64 }',
    right: 'train N { epochs 3 batch 64 }',
  },
  CNN2054: {
    severity: 'error',
    title: 'impossible value of a setting',
    explanation:
      'Learning rates are above 0, batches, epochs and seeds whole numbers, and each setting has its own form.',
    wrong: 'train N { optimizer sgd(lr: 0) }',
    right: 'train N { optimizer sgd(lr: 0.1) }',
  },
  CNN2055: {
    severity: 'error',
    title: 'unknown word in a setting',
    explanation:
      'Settings such as `optimizer`, `schedule` and `init` take words of their own. `cnnc explain optimizers`, `schedules`, `initializers` and so on list them.',
    wrong: 'train N { optimizer adan }',
    right: 'train N { optimizer adam }',
  },
  CNN2060: {
    severity: 'error',
    title: 'augmentation would part images from their targets',
    explanation:
      'Flips and crops move the pixels of an image at random, and those of its target with it, where that is a map of the same size. A map of another size cannot follow. Crops bring pixels in from outside, which are 0 in images and in maps of numbers; in maps of classes they are what `ignore` says.',
    wrong:
      'network Seg {\n  input image: [1, 8, 8]\n  target mask: class(2, [8, 8])\n  output scores = image -> conv(2, 1x1)\n  loss crossentropy(scores, mask)\n}\ntrain Seg { augment crop(pad: 1) }',
    right: 'train LeNet5 { augment flip(horizontal) }',
  },
  CNN2061: {
    severity: 'error',
    title: 'setting does not say which input it is for',
    explanation:
      '`normalize` and `augment` are for all inputs unless they name some: `normalize image, mean: [0.5], std: [0.25]`, once for each input; `augment left, right, flip(horizontal)`. Inputs of different channels cannot share means, and maps of different sizes cannot be moved alike.',
    wrong:
      'network N {\n  input image: [3, 8, 8]\n  input depth: [1, 8, 8]\n  output guess = image -> conv(1, 1x1)\n  loss mse(guess, depth)\n}\ntrain N { normalize mean: [0.49, 0.46, 0.41], std: 0.23 }',
    right:
      'network N {\n  input image: [3, 8, 8]\n  input depth: [1, 8, 8]\n  output guess = image -> conv(1, 1x1)\n  loss mse(guess, depth)\n}\ntrain N { normalize image, mean: [0.49, 0.46, 0.41], std: 0.23 }',
  },
  CNN2906: {
    severity: 'error',
    title: 'index or sum over axes outside a formula',
    explanation: '`x[c, i, j]` and `sum(c) …` are the notation of `op`. Elsewhere layers work on whole tensors.',
    wrong: 'y = image[0]',
    right: 'y = image -> relu',
  },
} as const satisfies Record<`CNN2${string}`, CatalogueEntry>;
