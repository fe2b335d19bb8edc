/** @file The catalogue's entries for mistakes that the runtime and the readers of data report: 4100 to 4199. */

export interface CodeEntry {
  readonly title: string;
  readonly explanation: string;
}

export const dataCodes: Readonly<Record<string, CodeEntry>> = {
  CNN4101: {
    title: 'images do not fit the network',
    explanation:
      'A batch holds its images as one Float32Array or Uint8Array in the order N×C×H×W, so its length must be a multiple of C·H·W of the input. Bytes are divided by 255; floats are taken as they are.',
  },
  CNN4102: {
    title: 'labels do not fit the batch',
    explanation:
      'A class target takes one whole number per image; a tensor target takes the values of its shape per image, image after image. There must be exactly as many labels as images, or at least `count` of them when the batch has a `count`.',
  },
  CNN4103: {
    title: 'label is not a class number',
    explanation:
      'The classes of `class(n)` are numbered from 0 to n-1. Data sets whose classes are numbered from 1 (EMNIST letters, for example) need one class more in the network, or 1 subtracted from each label.',
  },
  CNN4104: {
    title: 'batch has an impossible size',
    explanation:
      'The memory of a trainer module is laid out when it is compiled, for at most `--max-batch` images per step. Smaller batches need no recompilation; the loss is always the mean over the images that are there.',
  },
  CNN4105: {
    title: 'loss is not a finite number',
    explanation:
      'The loss became infinite or NaN, so the gradients mean nothing and the parameters were left as they were before the step. Most often the learning rate is too high; otherwise look for NaN in the data, for a missing `normalize`, or for a logarithm or a division in the loss.',
  },
  CNN4106: {
    title: 'batch names an input or target wrongly',
    explanation:
      'A network with several inputs or targets takes an object with one array per name: `{images: {left, right}, labels: {depth}}`. A network with one of each takes the arrays themselves.',
  },
  CNN4107: {
    title: 'trainer is disposed',
    explanation: '`dispose()` gives the memory of a trainer back; make a new one with `createTrainer`.',
  },
  CNN4108: {
    title: 'option has an impossible value',
    explanation:
      'Epochs and batch are whole numbers from 1, the learning rate is a positive number, the seed is a whole number, and a validation fraction lies between 0 and 1.',
  },
  CNN4120: {
    title: 'not a safetensors file',
    explanation:
      'A checkpoint is a safetensors file: the length of the header as 64 bits, a JSON header, then the tensors. A file that was cut short, or that is in another format (`.pt`, `.npz`, `.onnx`), is refused as a whole; nothing is loaded from it.',
  },
  CNN4121: {
    title: 'checkpoint does not fit the network',
    explanation:
      'Every parameter and buffer of the network must be in the file under its name with its shape, and nothing else but optimiser state. `load(bytes, {partial: true})` takes what fits and leaves the rest, which is how a pretrained body is put under a new head.',
  },
  CNN4122: {
    title: 'checkpoint holds a type that cannot be converted',
    explanation: 'Parameters may be stored as F64, F32, F16 or BF16.',
  },
  CNN4123: {
    title: 'file cannot be written',
    explanation:
      'Files are written beside their final place and then renamed, so the folder must be writable and have room for both.',
  },
  CNN4140: {
    title: 'unknown data specification',
    explanation:
      'Training data is named by `digits`, `digits:N`, `digits:train=N,test=N,seed=N`, `mnist:DIR`, `cifar10:DIR`, `cifar100:DIR`, `csv:FILE`, `csv:TRAIN,TEST` or `npz:FILE`.',
  },
  CNN4141: { title: 'file cannot be read', explanation: 'The file or folder does not exist or may not be read.' },
  CNN4142: {
    title: 'file is in another format',
    explanation:
      'The first bytes of the file, or its structure, are not those of the format that the specification names.',
  },
  CNN4143: {
    title: 'file is truncated or damaged',
    explanation:
      'The length of the file is not what its header promises, or its compressed data ends early: usually a download that broke off.',
  },
  CNN4144: {
    title: 'files of a data set contradict each other',
    explanation:
      'Images and labels must be equally many, at least one, and training and test images must have the same shape.',
  },
  CNN4145: {
    title: 'data does not have the shape of the network’s input',
    explanation: 'Shapes are channels × height × width. Images are not resized or converted to grey silently.',
  },
  CNN4146: {
    title: 'data specification is not supported yet',
    explanation: 'Folders of images are planned. Until then convert them to `npz:` or `csv:`.',
  },
  CNN4147: {
    title: 'no files here',
    explanation:
      'In a browser there is no file system: use `digits`, or fetch the data and pass it to `fit` as `{train, test, shape}`.',
  },
  CNN4148: {
    title: 'table of images is malformed',
    explanation:
      'A CSV data set has one image per line: the class number, then the pixels, channel by channel, row by row, separated by commas. The first line may hold column names.',
  },
  CNN4149: {
    title: 'archive of arrays is malformed',
    explanation:
      'An NPZ data set has the arrays `x_train`, `y_train`, `x_test` and `y_test`, as `numpy.savez` and `numpy.savez_compressed` write them: bytes, integers or floats, in C order.',
  },
};
