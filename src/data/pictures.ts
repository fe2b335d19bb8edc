/** @file The format `images`. Its reader needs a package that decodes pictures: `decode/read-pictures.ts`. */
import { type Format, seed, split } from './format.ts';

export const images: Format = {
  name: 'images',
  place: 'DIR',
  summary: 'pictures, a folder for each class: PNG, JPEG, WebP or GIF',
  options: [
    { name: 'resize', takes: 'HOW', doc: '`cover`, `contain` or `stretch`' },
    { name: 'background', takes: 'black', doc: 'or `white`: what is transparent, and borders' },
    { name: 'cache', takes: '256MB', doc: 'decoded pictures that are held in memory' },
    split,
    seed,
  ],
  known: { normalize: 'normalize mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]' },
};
