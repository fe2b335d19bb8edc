/** @file The page: the program on one side, views of its network on the other. */
import { type GalleryEntry, gallery } from 'cnnc:gallery';
import { byId, element } from '../../src/pages/report/dom.ts';
import { NetworkView } from './network-view.ts';
import { Program } from './program.ts';
import { Tabs } from './tabs.ts';

const network = new NetworkView();
const program = new Program({
  reported: (report) => network.show(report),
  run: () => undefined,
});
new Tabs(byId('tabs'), [{ id: 'network', title: 'Network', panel: network.panel }]);

function addGallery(gallery: readonly GalleryEntry[]): void {
  const groups = ['Examples', 'Zoo'].map((label) => {
    const of = gallery.filter(({ group }) => group === label);
    return element('optgroup', { label }, ...of.map(({ name }) => element('option', { value: name }, name)));
  });
  const select = element('select', {}, ...groups);
  select.addEventListener('change', () => {
    program.editor.text = gallery.find(({ name }) => name === select.value)!.text;
  });
  byId('top-tools').append(element('label', {}, 'Example', select));
  program.editor.text = gallery[0]!.text;
}

addGallery(gallery);
