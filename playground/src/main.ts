/** @file The page: the program on one side, views of its network on the other. */
import { type GalleryEntry, gallery } from 'cnnc:gallery';
import { byId, element } from '../../src/pages/report/dom.ts';
import type { NetworkReport } from '../../src/report/network-report.ts';
import { ExperimentView } from './experiment-view.ts';
import { LazyView } from './lazy-view.ts';
import { NetworkView } from './network-view.ts';
import { Program } from './program.ts';
import { unpacked } from './share.ts';
import { Tabs } from './tabs.ts';
import { TakeAlong } from './take/take-along.ts';

let report: NetworkReport | undefined;
/** The choice of an example; empty while the program is none of them. */
const select = element('select');

const network = new NetworkView();
const program: Program = new Program({
  changed: () => {
    select.value = gallery.find(({ text }) => text === program.text)?.name ?? '';
    void training.ifLoaded((view) => view.programChanged());
  },
  reported: (made) => {
    void training.ifLoaded((view) => view.programChanged());
    report = made;
    network.show(made);
    if (!made) return;
    for (const view of [fields, mathematics]) if (tabs.current === view.id) void view.show();
  },
  run: async () => {
    tabs.show('train');
    await (await training.view()).toggle();
  },
});

const training = new LazyView('train', async () => {
  const { TrainView } = await import('./train/train-view.ts');
  return new TrainView(program);
});
const fields = new LazyView(
  'fields',
  async () => new (await import('./fields-view.ts')).FieldsView(),
  (view) => report && view.show(report),
);
const mathematics = new LazyView(
  'mathematics',
  async () => new (await import('./mathematics-view.ts')).MathematicsView(program),
  (view) => report && view.show(report),
);

const tabs = new Tabs(byId('tabs'), [
  { id: 'network', title: 'Network', panel: network.panel },
  training.tab('Train'),
  fields.tab('What it sees'),
  mathematics.tab('Mathematics'),
]);

const experiments = new ExperimentView(program, async (variants) => {
  tabs.show('train');
  await (await training.view()).start(variants);
});

function addGallery(entries: readonly GalleryEntry[]): void {
  const groups = ['Examples', 'Zoo'].map((label) => {
    const of = entries.filter(({ group }) => group === label);
    return element('optgroup', { label }, ...of.map(({ name }) => element('option', { value: name }, name)));
  });
  const own = element('option', { value: '' }, 'a network of your own');
  select.append(own, ...groups);
  select.value = entries[0]!.name;
  select.addEventListener('change', () => {
    experiments.close();
    program.editor.text = entries.find(({ name }) => name === select.value)?.text ?? '';
    if (select.value === '') program.editor.select(0);
  });
  const along = new TakeAlong(program, () => training.view());
  byId('top-tools').append(element('label', {}, 'Example', select), experiments.choice, along.element);
}

/** What the address has, or the first of the gallery. */
async function open(): Promise<void> {
  const shared = location.hash.length > 1 ? await unpacked(location.hash) : undefined;
  if (shared !== undefined) experiments.close();
  program.editor.text = shared ?? gallery[0]!.text;
}

addGallery(gallery);
addEventListener('hashchange', () => void open());
void open();
