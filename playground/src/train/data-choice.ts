/** @file The choice of what is trained on: drawn digits, files of one's own, or pictures that one draws for classes of one's own. */
import { button, element } from '../../../src/pages/report/dom.ts';
import type { GivenFile } from '../files/file-system.ts';
import type { DataSource } from '../training/data-for.ts';
import { ClassPads } from './class-pads.ts';

const KINDS = [
  ['digits', 'Digits that the compiler draws'],
  ['files', 'Files of your own'],
  ['drawn', 'Pictures that you draw'],
] as const;

type Kind = (typeof KINDS)[number][0];

/** In which all that is given to the page lies. */
const ROOT = 'files';

export class DataChoice {
  readonly element = element('details', { class: 'data' });
  readonly #title = element('summary');
  readonly #pads = new ClassPads(() => this.#tell());
  readonly #options = element('input', { type: 'text', placeholder: 'label=last,header', spellcheck: 'false' });
  readonly #said = element('p', { role: 'status', class: 'faint-text' });
  readonly #panels: Readonly<Record<Kind, HTMLElement>>;
  readonly #radios = new Map<Kind, HTMLInputElement>();
  #kind: Kind = 'digits';
  #files: readonly GivenFile[] = [];

  constructor() {
    this.#panels = { digits: element('div'), files: this.#filePanel(), drawn: this.#pads.element };
    const choices = KINDS.map(([kind, title]) => {
      const radio = element('input', { type: 'radio', name: 'data', value: kind, checked: kind === 'digits' });
      radio.addEventListener('change', () => this.#choose(kind));
      this.#radios.set(kind, radio);
      return element('label', {}, radio, title);
    });
    const legend = element('legend', { class: 'hidden' }, 'What to train on');
    this.element.append(this.#title, element('fieldset', {}, legend, ...choices), ...Object.values(this.#panels));
    this.#options.addEventListener('change', () => this.#tell());
    acceptDrops(this.element, (files) => this.#take(files));
    this.#choose('digits');
  }

  /** As it is now; the next run is trained on it. */
  get source(): DataSource {
    if (this.#kind === 'drawn') return { kind: 'drawn', classes: this.#pads.classes };
    if (this.#kind === 'files') return { kind: 'files', files: this.#files, options: this.#options.value };
    return { kind: 'digits' };
  }

  #choose(kind: Kind): void {
    this.#kind = kind;
    this.#radios.get(kind)!.checked = true;
    for (const [name, panel] of Object.entries(this.#panels)) panel.hidden = name !== kind;
    this.#tell();
  }

  #tell(): void {
    const [, title] = KINDS.find(([kind]) => kind === this.#kind)!;
    this.#title.textContent = `Data: ${title.toLowerCase()}`;
    const count = this.#files.length;
    this.#said.textContent =
      count === 0
        ? 'Nothing is sent anywhere: the page reads the files itself.'
        : `${count} ${count === 1 ? 'file' : 'files'}: ${someOf(this.#files)}. Train begins with them.`;
  }

  #filePanel(): HTMLElement {
    const files = chooser('Choose files', { multiple: true }, (list) => this.#take(list));
    const folder = chooser('Choose a folder', { webkitdirectory: true }, (list) => this.#take(list));
    const forget = button('Forget them', () => this.#take([]));
    return element(
      'div',
      { class: 'drop' },
      element(
        'p',
        {},
        'Drop files here: a folder with a folder of pictures for each class, a CSV table (label and pixels a line), an NPZ archive, the four IDX files of MNIST and its like, or the binary files of CIFAR-10.',
      ),
      element('div', { class: 'tools' }, files, folder, forget),
      element('label', {}, 'Options of the format ', this.#options),
      this.#said,
    );
  }

  #take(files: readonly GivenFile[]): void {
    this.#files = files;
    this.#choose('files');
    this.element.open = true;
  }
}

function someOf(files: readonly GivenFile[]): string {
  const names = files.slice(0, 3).map(({ path }) => path.slice(ROOT.length + 1));
  return `${names.join(', ')}${files.length > names.length ? ' …' : ''}`;
}

function chooser(text: string, kind: Readonly<Record<string, boolean>>, take: (files: readonly GivenFile[]) => void) {
  const input = element('input', { type: 'file', class: 'hidden', 'aria-label': text, tabindex: -1, ...kind });
  input.addEventListener('change', () => {
    const files = [...input.files!].map((file) => ({ path: `${ROOT}/${file.webkitRelativePath || file.name}`, file }));
    if (files.length > 0) take(files);
    input.value = '';
  });
  return element(
    'span',
    {},
    button(text, () => input.click()),
    input,
  );
}

function acceptDrops(target: HTMLElement, take: (files: readonly GivenFile[]) => void): void {
  target.addEventListener('dragover', (event) => {
    event.preventDefault();
    target.classList.add('over');
  });
  target.addEventListener('dragleave', () => target.classList.remove('over'));
  target.addEventListener('drop', (event) => {
    event.preventDefault();
    target.classList.remove('over');
    // Entries are there only until the handler returns; what lies in folders is read after it.
    const entries = [...(event.dataTransfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
    void Promise.all(entries.map(filesIn)).then((found) => take(found.flat()));
  });
}

async function filesIn(entry: FileSystemEntry): Promise<GivenFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path: `${ROOT}${entry.fullPath}`, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileSystemEntry[] = [];
  // A hundred at a time, until there are no more.
  for (;;) {
    const more = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (more.length === 0) break;
    found.push(...more);
  }
  return (await Promise.all(found.map(filesIn))).flat();
}
