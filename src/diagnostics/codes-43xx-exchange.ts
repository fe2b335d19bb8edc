import type { CatalogueEntry } from './catalogue-entry.ts';

/** Interchange with other tools: 4300 to 4399. */
export const exchangeCodes = {
  CNN4301: {
    severity: 'error',
    title: 'cannot be written for another tool',
    explanation:
      'The network, or a word of its `train` block, has no counterpart in the tool that `export --to` names. The message names what it is, and why. Nothing was written.',
    wrong: 'cnnc export net.cnn --to pytorch -o net.py',
    right: 'cnnc build net.cnn -o net.js',
  },
  CNN4302: {
    severity: 'error',
    title: 'not a whole ONNX file',
    explanation:
      'ONNX files are Protocol Buffers: a model with its version and one graph. The file is cut off, damaged, or something else; the message says what was found, and where. A file that is an HTML page or a pointer of Git LFS was not downloaded in full.',
    wrong: 'head -c 1000 model.onnx > part.onnx   // the rest is missing',
    right: 'curl -L -o model.onnx URL             // the whole file',
  },
  CNN4303: {
    severity: 'error',
    title: 'tensor of an ONNX file cannot be read',
    explanation:
      'The values of a tensor must be numbers, as many as its shape says. They lie in the file, or in another one in the same folder, which must be there too. Texts and complex numbers have no counterpart in a network.',
    wrong: 'cp model.onnx elsewhere/                        // without model.onnx.data',
    right: 'cp model.onnx model.onnx.data elsewhere/',
  },
  CNN4304: {
    severity: 'error',
    title: 'parts of a network of another tool without a counterpart',
    explanation:
      'Some nodes of an ONNX model, or layers of another tool, are no layers here: a kind that the language does not have, or settings of a known kind that it does not have. The notes name each with the number of such nodes and the first of them. Nothing was written. What models do behind their layers, such as choosing boxes or decoding texts, is often better left out of them.',
    wrong: 'cnnc import detector-with-nms.onnx -o net.cnn',
    right: 'cnnc import detector.onnx -o net.cnn           // exported without what follows the layers',
  },
  CNN4305: {
    severity: 'error',
    title: 'input or output of a network of another tool has no counterpart',
    explanation:
      'Inputs of a network are floats with one to four dimensions for each image, whose sizes are known. The first dimension in the model counts images; the others may be left open there, and then `--input` says what they are. An output depends on an input.',
    wrong: 'cnnc import any-size.onnx -o net.cnn',
    right: 'cnnc import any-size.onnx --input 3x224x224 -o net.cnn',
  },
  CNN4306: {
    severity: 'error',
    title: 'what another tool has is no network of the language',
    explanation:
      'Every node or layer has a counterpart, but what they make together is refused: a size or a number is out of the bounds that layers have here. The message says which, and the note has the code that explains it. Nothing was written.',
    wrong: 'cnnc import odd.onnx -o net.cnn',
    right: 'cnnc explain 3102   // the code of the note',
  },
  CNN4310: {
    severity: 'error',
    title: 'not a whole file of PyTorch',
    explanation:
      'Checkpoints of PyTorch are zip archives with a pickle of names and shapes, and a file of numbers for each storage. This one is cut off or damaged, holds no tensors, or is a pickle alone, as versions before 1.6 wrote. Its numbers are read by a reader of our own, which executes nothing.',
    wrong: 'torch.save(state, "old.pt", _use_new_zipfile_serialization=False)',
    right: 'torch.save(model.state_dict(), "weights.pt")',
  },
  CNN4311: {
    severity: 'error',
    title: 'a file of PyTorch that holds more than weights',
    explanation:
      'A pickle can name any function of Python, which is then called: loading such a file runs the code of whoever wrote it. Here nothing of it is run. Only what tensors, dictionaries, lists, numbers and texts are made of is known; the message names what else the file asks for. A whole network (`torch.save(model, …)`), TorchScript and values of NumPy are such things.',
    wrong: 'torch.save(model, "model.pt")                 # the class of the network, by its name',
    right: 'torch.save(model.state_dict(), "weights.pt")  # its weights alone',
  },
  CNN4312: {
    severity: 'error',
    title: 'a form of weights that is not read',
    explanation:
      'Weights are read from safetensors, checkpoints of PyTorch, NumPy archives, ONNX models and Darknet files. HDF5, in which Keras writes, is a file system of its own and is not read; Keras itself writes its variables as a NumPy archive in one line.',
    wrong: 'cnnc eval net.cnn --weights model.weights.h5',
    right: 'cnnc eval net.cnn --weights weights.npz',
  },
  CNN4313: {
    severity: 'error',
    title: 'weights cannot be renamed so',
    explanation:
      '`--map old=new` says what weights of a file are called in the network. `*` stands for any part of a name and comes back in the new one; `old.=new.` exchanges what names begin with. Each rule must fit some name, and no two tensors may come to have one name; the first rule that fits a name counts.',
    wrong: "cnnc train net.cnn --from resnet.pt --map 'stage1.*=layer1.*'   // the file has layer1",
    right: "cnnc train net.cnn --from resnet.pt --map 'layer1.*=stage1.*'",
  },
  CNN4314: {
    severity: 'error',
    title: 'a network of another tool that cannot be read as text',
    explanation:
      'Configurations of Darknet, networks of Caffe (`.prototxt`) and of Keras (`model.to_json()`, `.keras`) are texts. This one does not have the form that its name promises; the message names the line, or the part. Nothing was written.',
    wrong: 'cnnc import page.html.cfg -o net.cnn',
    right: 'cnnc import yolov3-tiny.cfg -o net.cnn',
  },
  CNN4315: {
    severity: 'error',
    title: 'weights of Darknet do not fit',
    explanation:
      'A `.weights` file has numbers alone, layer after layer, without names or shapes: only with the network that it was trained for can it be read. It must end where a layer ends. The message says where it ends, or how many numbers it has too many.',
    wrong: 'cnnc import yolov3.cfg --weights yolov3-tiny.weights -o net.cnn',
    right: 'cnnc import yolov3-tiny.cfg --weights yolov3-tiny.weights -o net.cnn',
  },
  CNN4316: {
    severity: 'error',
    title: 'variables of Keras do not fit',
    explanation:
      'Variables of Keras are found by their paths, `conv2d/kernel`, and have the shapes that their layers need there. The message says which one is missing or has another shape.',
    wrong: 'cnnc import model.keras --weights other.npz -o net.cnn',
    right: 'numpy.savez("weights.npz", **{v.path: v.numpy() for v in model.variables})   # in Python',
  },
} as const satisfies Record<`CNN43${string}`, CatalogueEntry>;
