/** @file What the command line reports about files: 4200 to 4299. */
import { withShortQuotations } from '../common/printable.ts';
import type { CatalogueEntry } from '../diagnostics/catalogue-entry.ts';
import type { Diagnostic, Fix } from '../diagnostics/diagnostic.ts';

export const commandCodes = {
  CNN4201: {
    severity: 'error',
    title: 'file does not exist',
    explanation: 'There is no file of this name. Paths are relative to the current folder.',
    wrong: 'cnnc check lent.cnn',
    right: 'cnnc check lenet.cnn',
  },
  CNN4202: {
    severity: 'error',
    title: 'a folder, not a file',
    explanation: 'The compiler reads files. The shell can name all files of a folder: `cnnc check examples/*.cnn`.',
    wrong: 'cnnc check examples',
    right: 'cnnc check examples/*.cnn',
  },
  CNN4203: {
    severity: 'error',
    title: 'file cannot be read',
    explanation: 'The file exists, but the system does not let this user read it, or reading it failed.',
    wrong: 'chmod 000 lenet.cnn\ncnnc check lenet.cnn',
    right: 'chmod 644 lenet.cnn\ncnnc check lenet.cnn',
  },
  CNN4204: {
    severity: 'error',
    title: 'file is not text in UTF-8',
    explanation:
      'A `.cnn` file is UTF-8 text. This one holds bytes that are not: it was saved in another encoding, or it is no text at all.',
    wrong: 'cnnc check weights.safetensors',
    right: 'iconv -f latin1 -t utf-8 old.cnn > new.cnn\ncnnc check new.cnn',
  },
  CNN4205: {
    severity: 'error',
    title: 'output would replace its own source',
    explanation: 'The file to write is the file that was read. Nothing was written.',
    wrong: 'cnnc build lenet.cnn -o lenet.cnn',
    right: 'cnnc build lenet.cnn -o lenet.js',
  },
  CNN4207: {
    severity: 'error',
    title: 'file cannot be written',
    explanation:
      'The place does not exist, is a folder, may not be written, or the disk is full. What was there before is unchanged.',
    wrong: 'cnnc build lenet.cnn -o /usr/lenet.js',
    right: 'cnnc build lenet.cnn -o lenet.js',
  },
  CNN4208: {
    severity: 'error',
    title: 'tuning cannot be read',
    explanation:
      'Beside the source lies a file that should say which schedules `cnnc tune` found fastest, and it is damaged or was changed by hand. `cnnc tune` makes it anew; `--no-tune` does without it.',
    wrong: 'echo {} > lenet.tune.json\ncnnc build lenet.cnn',
    right: 'cnnc tune lenet.cnn\ncnnc build lenet.cnn',
  },
  CNN4210: {
    severity: 'error',
    title: 'no form of a picture',
    explanation:
      'The end of the name says what `cnnc graph` writes: `.svg`, `.png`, `.dot` for Graphviz or `.mmd` for Mermaid. `--format` says it whatever the name is.',
    wrong: 'cnnc graph lenet.cnn -o lenet.jpg',
    right: 'cnnc graph lenet.cnn -o lenet.png',
  },
  CNN4211: {
    severity: 'error',
    title: 'PNG cannot be made',
    explanation:
      'Pictures are drawn as SVG, and the package `sharp` makes PNG of it. It is optional: some systems lack it. Pictures of very large networks have more pixels than a PNG of it can have.',
    wrong: 'npm install --omit=optional cnnc\ncnnc graph lenet.cnn -o lenet.png',
    right: 'cnnc graph lenet.cnn -o lenet.svg',
  },
  CNN4212: {
    severity: 'error',
    title: '`cnnc.json` that cannot be used',
    explanation:
      'The `cnnc.json` nearest above a file says how much what the rules find matters: `levels` gives codes of rules the level `error`, `warning`, `advice` or `allow`, which silences them. Other keys, codes of no rule and other levels are mistakes, so that nothing is silenced by accident.',
    wrong: '{ "level": { "CNN5001": "off" } }',
    right: '{ "levels": { "CNN5001": "allow" } }',
  },
  CNN4213: {
    severity: 'error',
    title: 'no learning rate to propose',
    explanation:
      'In the steps of `cnnc find-lr` the loss did not fall at any learning rate, so its curve speaks for none. Either the steps are too few or the range is wrong, or the network does not learn from these data: labels that do not belong to the images, inputs without `normalize`, or units that are all saturated or dead.',
    wrong: 'cnnc find-lr lenet.cnn --to 1e-8',
    right: 'cnnc find-lr lenet.cnn',
  },
  CNN4214: {
    severity: 'error',
    title: 'no such layer or place',
    explanation:
      '`summary --cell` takes the name of a layer, as the table shows it, and a place on its map: rows and columns are counted from 0. Without a place it is the middle of the map.',
    wrong: 'cnnc summary lenet.cnn --cell conv2:14,14',
    right: 'cnnc summary lenet.cnn --cell conv2:9,9',
  },
  CNN4215: {
    severity: 'error',
    title: 'no input is a map',
    explanation:
      '`summary --sizes` tries other heights and widths of an input. The inputs of this network are vectors, which have none.',
    wrong: 'cnnc summary autoencoder-of-vectors.cnn --sizes',
    right: 'cnnc summary lenet.cnn --sizes',
  },
  CNN4216: {
    severity: 'error',
    title: 'calibration that cannot be used',
    explanation:
      'The file named with `--calibrate` should hold what a machine takes for each kind of work, for the target that is asked about, and it does not. A file that is not there yet is made; without a file this machine is measured each time.',
    wrong: 'echo {} > machine.json\ncnnc summary lenet.cnn --calibrate machine.json',
    right: 'cnnc summary lenet.cnn --calibrate',
  },
} as const satisfies Record<`CNN42${string}`, CatalogueEntry>;

export type CommandCode = keyof typeof commandCodes;

/** About a whole file, or about none. */
export function commandDiagnostic(code: CommandCode, message: string, fix?: string, file?: string): Diagnostic {
  const help: Fix | undefined = fix === undefined ? undefined : { message: withShortQuotations(fix) };
  return {
    code,
    severity: commandCodes[code].severity,
    message: withShortQuotations(message),
    notes: [],
    ...(file !== undefined && { span: { file, start: 0, end: 0 } }),
    ...(help && { fix: help }),
  };
}
