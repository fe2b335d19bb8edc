/** @file The catalogue's entries for mistakes that the runtime and the readers of data report: 4100 to 4199. */

import type { CatalogueEntry } from '../diagnostics/catalogue-entry.ts';

export const dataCodes = {
  CNN4101: {
    severity: 'error',
    title: 'images do not fit the network',
    explanation:
      'A batch holds its images as one Float32Array or Uint8Array in the order N×C×H×W, so its length must be a multiple of C·H·W of the input. Bytes are divided by 255; floats are taken as they are.',
    wrong: 'trainer.step({ images: new Float32Array(100), labels })',
    right: 'trainer.step({ images: new Float32Array(labels.length * 784), labels })',
  },
  CNN4102: {
    severity: 'error',
    title: 'labels do not fit the batch',
    explanation:
      'A class target takes one whole number per image; a tensor target takes the values of its shape per image, image after image. There must be exactly as many labels as images, or at least `count` of them when the batch has a `count`.',
    wrong: 'trainer.step({ images: new Float32Array(2 * 784), labels: Uint8Array.of(3) })',
    right: 'trainer.step({ images: new Float32Array(2 * 784), labels: Uint8Array.of(3, 7) })',
  },
  CNN4103: {
    severity: 'error',
    title: 'label is not a class number',
    explanation:
      'The classes of `class(n)` are numbered from 0 to n-1. Data sets whose classes are numbered from 1 (EMNIST letters, for example) need one class more in the network, or 1 subtracted from each label.',
    wrong: 'target label: class(26)      // labels 1 to 26',
    right: 'target label: class(27)      // labels 1 to 26; class 0 stays empty',
  },
  CNN4104: {
    severity: 'error',
    title: 'batch has an impossible size',
    explanation:
      'The memory of a trainer module is laid out when it is compiled, for at most `--max-batch` images per step. Smaller batches need no recompilation; the loss is always the mean over the images that are there.',
    wrong: 'cnnc build lenet.cnn -o lenet.js --max-batch 64\nnode lenet.js --batch 128',
    right: 'cnnc build lenet.cnn -o lenet.js --max-batch 128\nnode lenet.js --batch 128',
  },
  CNN4105: {
    severity: 'error',
    title: 'loss or gradient is not a finite number',
    explanation:
      'The loss, a gradient, or what the update would have made of a parameter, a running statistic or the optimiser’s state, is infinite or NaN. It is noticed before the update, and everything is left as it was before the step. Most often the learning rate is too high; otherwise look for NaN in the data, for a missing `normalize`, or for a logarithm, a root or a division in the network: the gradient of `sqrt` at 0 is infinite although the loss is not. The message names the parameter nearest to the loss whose gradient is concerned.',
    wrong: 'node lenet.js --lr 10',
    right: 'node lenet.js --lr 0.01',
  },
  CNN4106: {
    severity: 'error',
    title: 'batch names an input or target wrongly',
    explanation:
      'A network with several inputs or targets takes an object with one array per name: `{images: {left, right}, labels: {depth}}`. A network with one of each takes the arrays themselves.',
    wrong: 'trainer.step({ images: left, labels })',
    right: 'trainer.step({ images: { left, right }, labels })',
  },
  CNN4107: {
    severity: 'error',
    title: 'trainer is disposed',
    explanation: '`dispose()` gives the memory of a trainer back; make a new one with `createTrainer`.',
    wrong: 'trainer.dispose()\ntrainer.predict(images)',
    right: 'trainer.predict(images)\ntrainer.dispose()',
  },
  CNN4108: {
    severity: 'error',
    title: 'option has an impossible value',
    explanation:
      'Epochs and batch are whole numbers from 1, the learning rate is a positive number, the seed is a whole number, and a validation fraction lies between 0 and 1. An option that there is not is refused too, and so is a combination that cannot be, such as early stopping that has nothing to watch.',
    wrong: 'trainer.fit(data, { epoch: 3 })',
    right: 'trainer.fit(data, { epochs: 3 })',
  },
  CNN4109: {
    severity: 'error',
    title: 'trainer is busy',
    explanation:
      'While the loop over `fit` runs, `step`, `load` and another `fit` would change what it trains. `evaluate`, `predict`, `test`, `gradients` and `save` are allowed. A loop that is left with `break` has ended; a generator that is asked for results by hand ends with its `return()`.',
    wrong: 'for await (const result of trainer.fit(data)) trainer.load(other)',
    right: 'for await (const result of trainer.fit(data)) break\ntrainer.load(other)',
  },
  CNN4110: {
    severity: 'error',
    title: 'thread has ended',
    explanation:
      'A worker of a trainer with several threads was terminated, ran out of memory, or does not answer any more. The trainer is of no further use; parameters can still be read with `save`.',
    wrong: 'trainer.step(batch)      // and catch what it throws, again and again',
    right: 'trainer = await createTrainer({ threads: 2 })\ntrainer.load(lastCheckpoint)',
  },
  CNN4111: {
    severity: 'error',
    title: 'WebAssembly is refused',
    explanation:
      'The engine has no WebAssembly with 128-bit SIMD, or the Content-Security-Policy of the page does not allow it. Allow it with `wasm-unsafe-eval`, or build a module of JavaScript, which needs neither.',
    wrong: "Content-Security-Policy: script-src 'self'",
    right: "Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'",
  },
  CNN4112: {
    severity: 'error',
    title: 'no data to train on',
    explanation:
      '`fit` takes an object with `train` and, if there are images to test, `test`. Each has `images`, `labels` and, if the arrays are longer, `count`.',
    wrong: 'trainer.fit({ images, labels })',
    right: 'trainer.fit({ train: { images, labels } })',
  },
  CNN4113: {
    severity: 'error',
    title: 'nothing to predict',
    explanation:
      'A network predicts what it declares as `output`. Without one it can be trained and measured; `predict` and `predictAll` have nothing to give.',
    wrong: 'loss crossentropy(logits, label)      // and no output',
    right: 'loss crossentropy(logits, label)\noutput probs = softmax(logits)',
  },
  CNN4114: {
    severity: 'error',
    title: 'predictor without weights',
    explanation:
      'A module made by `cnnc build --inference` holds the weights that `--weights` names, and else none. Then they are loaded from a safetensors file before the first prediction: what a trainer saved, or another tool under the same names.',
    wrong: 'const predictor = await createPredictor();\npredictor.predict(image)',
    right:
      'const predictor = await createPredictor();\npredictor.load(await readFile("lenet.safetensors"));\npredictor.predict(image)',
  },
  CNN4120: {
    severity: 'error',
    title: 'not a safetensors file',
    explanation:
      'A checkpoint is a safetensors file: the length of the header as 64 bits, a JSON header, then the tensors, one after the other without gaps. A file that was cut short or damaged, or that is in another format (`.pt`, `.npz`, `.onnx`), is refused as a whole; nothing is loaded from it. `load` takes the bytes themselves, as a Uint8Array or an ArrayBuffer.',
    wrong: 'node lenet.js --weights model.pt',
    right: 'node lenet.js --weights model.safetensors',
  },
  CNN4121: {
    severity: 'error',
    title: 'checkpoint does not fit the network',
    explanation:
      'Every parameter and buffer of the network must be in the file under its name with its shape, and nothing else but optimiser state. `load(bytes, {partial: true})` takes what fits and leaves the rest, which is how a pretrained body is put under a new head.',
    wrong: 'trainer.load(weightsOfAnotherNetwork)',
    right: 'trainer.load(weightsOfAnotherNetwork, { partial: true })',
  },
  CNN4122: {
    severity: 'error',
    title: 'checkpoint holds a type that cannot be converted',
    explanation: 'Parameters may be stored as F64, F32, F16 or BF16.',
    wrong: "save_file({'fc.weight': weight.to(torch.int8)}, 'model.safetensors')",
    right: "save_file({'fc.weight': weight.float()}, 'model.safetensors')",
  },
  CNN4124: {
    severity: 'error',
    title: 'checkpoint is of another network',
    explanation:
      'The checkpoint holds a run that can be continued, but of a network that computes something else, although its parameters have the same names and shapes: another activation, say. `load(bytes, {partial: true})` takes its weights alone, and training starts anew from them.',
    wrong: 'trainer.load(runOfAnotherNetwork)',
    right: 'trainer.load(runOfAnotherNetwork, { partial: true })',
  },
  CNN4125: {
    severity: 'error',
    title: 'checkpoint holds values that are not finite',
    explanation:
      'Weights that are infinite or NaN are neither saved nor loaded: nothing can be learnt from there, and a file of them would take the place of a good one.',
    wrong: "trainer.parameters.get('fc.weight').data.fill(NaN)\ntrainer.save()",
    right: "trainer.parameters.get('fc.weight').data.fill(0)\ntrainer.save()",
  },
  CNN4123: {
    severity: 'error',
    title: 'file cannot be written',
    explanation:
      'Files are written beside their final place and then renamed, so the folder must be writable and have room for both. `--out` names a folder, in which training keeps the files of the run. Where the disk fills up while it trains, the last file that was whole stays, training goes on, and the exit status is 1 if the end could not be saved either.',
    wrong: 'node lenet.js --out lenet.safetensors',
    right: 'node lenet.js --out runs/lenet',
  },
  CNN4126: {
    severity: 'error',
    title: 'folder holds a run already',
    explanation:
      'A run that was trained for hours is not replaced unasked. `--resume` continues it, also beyond its end with more `--epochs`; `--force` begins anew and replaces it with the first checkpoint.',
    wrong: 'cnnc train lenet.cnn --out run\ncnnc train lenet.cnn --out run',
    right: 'cnnc train lenet.cnn --out run\ncnnc train lenet.cnn --out run --resume --epochs 20',
  },
  CNN4127: {
    severity: 'error',
    title: 'another run is training in this folder',
    explanation:
      'While a run lasts, `run.lock` in its folder names its process, so that two runs do not replace each other’s checkpoints. The lock of a process that is gone does not count, nor that of an earlier process of the same number; that of another machine counts until it has been silent for five minutes. A run that finds the lock of another in its folder when it saves, because somebody has removed its own, ends and saves nothing.',
    wrong: 'cnnc train lenet.cnn --out run &\ncnnc train lenet.cnn --out run --force',
    right: 'cnnc train lenet.cnn --out run &\ncnnc train lenet.cnn --out other',
  },
  CNN4128: {
    severity: 'error',
    title: 'no checkpoint to continue from',
    explanation:
      '`--resume` continues the run whose checkpoint lies in the folder given by `--out`. There is none: training has not begun there, another folder was used, or the file holds weights alone, from which `--weights` starts a new run. A run that was killed before it had saved anything begins again.',
    wrong: 'cnnc train lenet.cnn --out new --resume',
    right: 'cnnc train lenet.cnn --out run\ncnnc train lenet.cnn --out run --resume',
  },
  CNN4129: {
    severity: 'error',
    title: 'folder of a run does not say what was trained',
    explanation:
      'The file `run.json` in the folder of a run holds the network’s text, the options that decide about it, and what it was trained on. It is missing, damaged, or of another version; or it comes from a module that trained as a program and does not know the text it was made of. With the `.cnn` file the weights can be used all the same.',
    wrong: 'cnnc eval weights',
    right: 'cnnc eval lenet.cnn --weights weights/best.safetensors',
  },
  CNN4130: {
    severity: 'error',
    title: 'target is no fraction',
    explanation:
      'The targets of `bce` lie between 0 and 1. The bytes of targets that are maps stand for 0 to 1 in steps of 1/255, as those of images do, so a mask of bytes has 255 where something is.',
    wrong: 'trainer.step({ images, labels: Uint8Array.of(0, 1, 1, 0) })      // target mask: [1, 2, 2]',
    right: 'trainer.step({ images, labels: Float32Array.of(0, 1, 1, 0) })',
  },
  CNN4131: {
    severity: 'error',
    title: 'array is of a type that images do not come in',
    explanation:
      'Images, and targets that are maps, are a Uint8Array, which is divided by 255, or a Float32Array, which is taken as it is: N×C×H×W, channel by channel. Bytes that are 0 or 1 in all training images are no pixels, and `fit` refuses them. What a canvas gives (`Uint8ClampedArray`) has four numbers for each pixel, side by side. Class numbers may be of any type but BigInt.',
    wrong: 'trainer.predict(context.getImageData(0, 0, 28, 28).data)',
    right: 'trainer.predict(Uint8Array.from({ length: 784 }, (_, i) => data[4 * i]))',
  },
  CNN4140: {
    severity: 'error',
    title: 'unknown data specification',
    explanation:
      'Training data is named by a format and a place, such as `mnist:DIR` or `csv:FILE`; `digits`, which need no place, by `digits:N` or `digits:train=N,test=N,seed=N`. `cnnc explain formats` lists them. Options follow behind commas: `csv:a.csv,label=last,test=b.csv`. A path or value that has commas stands in quotation marks: `csv:"a,b.csv",header`.',
    wrong: 'data minst("data/mnist")',
    right: 'data mnist("data/mnist")',
  },
  CNN4141: {
    severity: 'error',
    title: 'file cannot be read',
    explanation: 'The file or folder does not exist or may not be read.',
    wrong: 'node lenet.js --data mnist:data/train-images-idx3-ubyte',
    right: 'node lenet.js --data mnist:data',
  },
  CNN4142: {
    severity: 'error',
    title: 'file is in another format',
    explanation:
      'The first bytes of the file, or its structure, are not those of the format that the specification names.',
    wrong: 'node lenet.js --data mnist:cifar-10-batches-bin',
    right: 'node resnet.js --data cifar10:cifar-10-batches-bin',
  },
  CNN4143: {
    severity: 'error',
    title: 'file is truncated or damaged',
    explanation:
      'The length of the file is not what its header promises, or its compressed data ends early: usually a download that broke off.',
    wrong: 'gunzip < half-a-download.gz > train-images-idx3-ubyte',
    right: 'gunzip < the-whole-download.gz > train-images-idx3-ubyte',
  },
  CNN4144: {
    severity: 'error',
    title: 'files of a data set contradict each other',
    explanation:
      'Images and labels must be equally many, at least one, and training and test images must have the same shape.',
    wrong: 'trainer.fit({ train: { count: 3, images, labels: Uint8Array.of(1, 2) }, test, shape })',
    right: 'trainer.fit({ train: { count: 3, images, labels: Uint8Array.of(1, 2, 0) }, test, shape })',
  },
  CNN4145: {
    severity: 'error',
    title: 'data does not have the shape of the network’s input',
    explanation: 'Shapes are channels × height × width. Images are not resized or converted to grey silently.',
    wrong: 'input image: [3, 32, 32]      // data mnist',
    right: 'input image: [1, 28, 28]      // data mnist',
  },
  CNN4146: {
    severity: 'error',
    title: 'pictures are read by the command line alone',
    explanation:
      'A trainer module stands alone and has no decoder for PNG, JPEG, WebP or GIF. `cnnc train` trains on folders of pictures; pages and programs decode pictures themselves and pass the pixels to `fit` or `predict`.',
    wrong: 'node flowers.js --data images:photos',
    right: 'cnnc train flowers.cnn --data images:photos',
  },
  CNN4147: {
    severity: 'error',
    title: 'no files here',
    explanation:
      'In a browser there is no file system: use `digits`, or fetch the data and pass it to `fit` as `{train, test, shape}`.',
    wrong: "trainer.fit(await loadData('mnist:data'))      // in a browser",
    right: 'trainer.fit({ train, test, shape: [1, 28, 28] })',
  },
  CNN4148: {
    severity: 'error',
    title: 'table of images is malformed',
    explanation:
      'A CSV data set has one image per line: the number of its class or a word for it, then the pixels, channel by channel, row by row, separated by commas (or semicolons, tabs or blanks). Numbers are decimal. The first line may hold titles.',
    wrong: '7,0,0,255\n2,0,0',
    right: '7,0,0,255\n2,0,0,128',
  },
  CNN4149: {
    severity: 'error',
    title: 'archive of arrays is malformed',
    explanation:
      'An NPZ data set has the arrays `x_train`, `y_train`, `x_test` and `y_test`, or `x` and `y`, as `numpy.savez` and `numpy.savez_compressed` write them: booleans, whole numbers or floats, all of them finite. With several inputs or targets, their names stand in place of x and y. A folder of `.npy` files may have the same arrays.',
    wrong: "numpy.save('digits.npz', x)",
    right: "numpy.savez('digits.npz', x_train=x, y_train=y, x_test=u, y_test=v)",
  },
  CNN4150: {
    severity: 'error',
    title: 'it is in doubt what a file holds',
    explanation:
      'Titles or an image in the first line, labels in the first column or the last, channels before or behind the pixels, several sets in one folder: where a file may be read in two ways, an option says which is meant.',
    wrong: '--data csv:table.csv      // label,0,1,2,3',
    right: '--data csv:table.csv,header',
  },
  CNN4151: {
    severity: 'error',
    title: 'it is in doubt what numbers stand for',
    explanation:
      'Whole numbers from 0 to 255 are bytes and are divided by 255, unless none is above 1; real numbers are taken as they are. Whole numbers outside of that, and real numbers beyond 16, may be either: `scale=N` says what they are divided by. `scale_NAME=N` is for the input or target of that name alone. Numbers in tables are whole if nine in ten are.',
    wrong: '--data npz:floats-up-to-255.npz',
    right: '--data npz:floats-up-to-255.npz,scale=255',
  },
  CNN4152: {
    severity: 'error',
    title: 'picture cannot be decoded',
    explanation:
      'A file among the pictures of a set is empty, truncated, damaged, or in another format than its name says. PNG, JPEG, WebP and GIF are read, whatever the file is called; of several pictures in a file the first. `--skip-bad` leaves such files out and counts them. `cnnc data images:DIR` tries all pictures before any training.',
    wrong: 'touch photos/cat/1.png\ncnnc train pictures.cnn --data images:photos',
    right: 'cnnc train pictures.cnn --data images:photos --skip-bad',
  },
  CNN4153: {
    severity: 'error',
    title: 'folder does not hold a folder of pictures for each class',
    explanation:
      'The name of a folder is the class of the pictures in it and below it: `photos/cat/1.jpg`. Or the classes are in `train` and in `test` or `val`, with the same names: `photos/train/cat/1.jpg`. The classes are numbered in the order of their names.',
    wrong: 'ls photos      # cat1.jpg cat2.jpg dog1.jpg',
    right: 'ls photos/*    # photos/cat: 1.jpg 2.jpg   photos/dog: 1.jpg',
  },
  CNN4154: {
    severity: 'error',
    title: 'classes of the data are not those of the network',
    explanation:
      'The network tells another number of classes apart than there are folders of pictures, or words in the column of labels of a table. A folder without pictures counts as a class.',
    wrong: 'target label: class(10)      // data images("photos"), which has cat, dog and horse',
    right: 'target label: class(3)',
  },
  CNN4155: {
    severity: 'error',
    title: 'the decoder for pictures is not installed',
    explanation:
      'Pictures are decoded by the package `sharp`, which `npm install` brings along where it has binaries for the system, unless it is told to leave optional packages out. All else works without it.',
    wrong: 'npm install --omit=optional\ncnnc train pictures.cnn --data images:photos',
    right: 'npm install sharp\ncnnc train pictures.cnn --data images:photos',
  },
  CNN4160: {
    severity: 'error',
    title: 'no graphics card can be used',
    explanation:
      "A module built with `--target webgpu` computes with WebGPU, which browsers have in pages of https: and of localhost. Node has it by the package `webgpu`: `cnnc train --device webgpu` takes that of your project, and `createTrainer` takes `create([])` of it as the option `gpu`. Where there is no graphics card, or its driver is on the browser's list of broken ones, a module for the processor does the same.",
    wrong: 'cnnc build lenet.cnn --target webgpu -o lenet.js      // and a browser without WebGPU',
    right: 'cnnc build lenet.cnn --target wasm -o lenet.js',
  },
  CNN4161: {
    severity: 'error',
    title: 'the graphics card is gone',
    explanation:
      'The system takes a graphics card away from a page: its driver was updated or has crashed, a kernel took too long, the computer slept. What was in its memory is lost. A trainer opens the card again by itself, and goes on from states that it keeps, every 50 steps; this is told where there is no card any more, or where it is lost again and again. `save` still gives what was kept; a new trainer that loads it goes on from there, on this machine or another, with a module for graphics cards or for the processor. Modules built with `--target auto` go on on the processor.',
    wrong: 'await trainer.step(batch)      // again, after it was refused',
    right: 'const saved = await trainer.save()\ntrainer = await createTrainer()\nawait trainer.load(saved)',
  },
  CNN4162: {
    severity: 'error',
    title: 'the memory of the graphics card is too small',
    explanation:
      'On a graphics card all images of a batch are computed at once, so memory grows with the largest batch of the module. It is one buffer; every device has one of 128 MB, and a larger one is asked for where the network needs it. Where that is refused, or the card is full, the message says which batch would fit.',
    wrong: 'cnnc build unet.cnn --target webgpu --max-batch 64 -o unet.js',
    right: 'cnnc build unet.cnn --target webgpu --max-batch 8 -o unet.js',
  },
} satisfies Readonly<Record<`CNN${number}`, CatalogueEntry>>;
