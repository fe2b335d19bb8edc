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
} as const satisfies Record<`CNN43${string}`, CatalogueEntry>;
