/** Makes `dist/cnnc.vsix`, the extension for VS Code, without a network: its parts in an archive as VS Code wants it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { strToU8, zipSync } from 'fflate';
import { bundle } from './bundle.mjs';
import { thirdPartyLicenses } from './licenses.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');

/** The parts of the extension by their names. */
async function parts(folder) {
  const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning', metafile: true };
  const [client, program] = [join(folder, 'extension.cjs'), join(folder, 'cnnc.mjs')];
  const extension = await build({
    ...common,
    entryPoints: [join(root, 'editors/vscode/extension.mjs')],
    outfile: client,
    format: 'cjs',
    external: ['vscode'],
  });
  const command = await bundle(join(root, 'src/cli/main.ts'), program, { external: ['esbuild', 'sharp'] });
  const { version } = JSON.parse(read('package.json'));
  return {
    'package.json': JSON.stringify({ ...JSON.parse(read('editors/vscode/extension.json')), version }, null, 2),
    'language-configuration.json': read('editors/vscode/language-configuration.json'),
    'cnn.tmLanguage.json': read('grammar/cnn.tmLanguage.json'),
    'snippets.json': JSON.stringify(await snippets(folder), null, 2),
    'extension.cjs': readFileSync(client, 'utf8'),
    'cnnc.mjs': readFileSync(program, 'utf8'),
    'readme.md': read('editors/README.md'),
    'LICENSE.txt': read('LICENSE'),
    THIRD_PARTY_LICENSES: thirdPartyLicenses([extension.metafile, command]),
  };
}

/** Those that completion proposes, in the form of VS Code. */
async function snippets(folder) {
  const outfile = join(folder, 'snippets.mjs');
  await build({
    stdin: {
      contents: `export { ALL_KEYWORDS } from './syntax/keywords.ts'; export { snippetOf } from './lsp/snippets.ts';`,
      resolveDir: join(root, 'src'),
    },
    outfile,
    bundle: true,
    format: 'esm',
    logLevel: 'warning',
  });
  const { ALL_KEYWORDS, snippetOf } = await import(pathToFileURL(outfile).href);
  return Object.fromEntries(
    ALL_KEYWORDS.map(({ name, form, summary }) => [
      name,
      { prefix: name, body: snippetOf(form), description: summary },
    ]),
  );
}

const types = {
  json: 'application/json',
  cjs: 'application/javascript',
  mjs: 'application/javascript',
  md: 'text/markdown',
  txt: 'text/plain',
  vsixmanifest: 'text/xml',
};

function contentTypes() {
  const lines = Object.entries(types).map(([end, type]) => `<Default Extension=".${end}" ContentType="${type}"/>`);
  return `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${lines.join('')}<Override PartName="/extension/THIRD_PARTY_LICENSES" ContentType="text/plain"/></Types>
`;
}

function manifest({ name, displayName, description, publisher, version, engines, categories }) {
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}"/>
    <DisplayName>${displayName}</DisplayName>
    <Description xml:space="preserve">${description}</Description>
    <Tags>cnn</Tags>
    <Categories>${categories.join(',')}</Categories>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${engines.vscode}"/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace"/>
    </Properties>
    <License>extension/LICENSE.txt</License>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/readme.md" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE.txt" Addressable="true"/>
  </Assets>
</PackageManifest>
`;
}

export async function makeExtension(file) {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-vsix-'));
  try {
    const contents = await parts(folder);
    const inside = Object.entries(contents).map(([name, text]) => [`extension/${name}`, strToU8(text)]);
    const head = {
      'extension.vsixmanifest': manifest(JSON.parse(contents['package.json'])),
      '[Content_Types].xml': contentTypes(),
    };
    const outside = Object.entries(head).map(([name, text]) => [name, strToU8(text)]);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, zipSync(Object.fromEntries([...outside, ...inside])));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(root, 'dist/cnnc.vsix');
  await makeExtension(file);
  console.log(`${file}: install it with \`code --install-extension ${file}\``);
}
