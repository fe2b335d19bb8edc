/** @file The page: the program on one side, views of its network on the other. */
import { type GalleryEntry, gallery } from 'cnnc:gallery';
import { byId, element } from '../../src/pages/report/dom.ts';
import { ExperimentView } from './experiment-view.ts';
import { NetworkView } from './network-view.ts';
import { Program } from './program.ts';
import { Tabs } from './tabs.ts';
import type { TrainView } from './train/train-view.ts';

const network = new NetworkView();
const program: Program = new Program({
  reported: (report) => network.show(report),
  run: async () => {
    tabs.show('train');
    await (await training()).toggle();
  },
});

let view: Promise<TrainView> | undefined;
const trainPanel = element('div');

/** Loaded when it is looked at for the first time. */
function training(): Promise<TrainView> {
  view ??= import('./train/train-view.ts').then(({ TrainView }) => {
    const made = new TrainView(program);
    trainPanel.append(made.element);
    return made;
  });
  return view;
}

const tabs = new Tabs(byId('tabs'), [
  { id: 'network', title: 'Network', panel: network.panel },
  { id: 'train', title: 'Train', panel: trainPanel, shown: training },
]);

const experiments = new ExperimentView(program, async (variants) => {
  tabs.show('train');
  await (await training()).start(variants);
});

function addGallery(gallery: readonly GalleryEntry[]): void {
  const groups = ['Examples', 'Zoo'].map((label) => {
    const of = gallery.filter(({ group }) => group === label);
    return element('optgroup', { label }, ...of.map(({ name }) => element('option', { value: name }, name)));
  });
  const select = element('select', {}, ...groups);
  select.addEventListener('change', () => {
    experiments.close();
    program.editor.text = gallery.find(({ name }) => name === select.value)!.text;
  });
  byId('top-tools').append(element('label', {}, 'Example', select), experiments.choice);
  program.editor.text = gallery[0]!.text;
}

addGallery(gallery);
