// node packaging/thaw-highlighting/tests/test_grammar.js
const assert = require('node:assert');
const path = require('node:path');

globalThis.window = {};
require(path.join(__dirname, '../labextension/static/remoteEntry.js'));

// The part of CodeMirror's StringStream that the grammar uses.
class Stream {
  constructor(line) { this.line = line; this.at = 0; }
  sol() { return this.at === 0; }
  eatSpace() { const start = this.at; while (/\s/.test(this.line[this.at] ?? '')) this.at += 1; return this.at > start; }
  next() { this.at += 1; }
  match(pattern, consume = true) {
    const found = this.line.slice(this.at).match(pattern);
    if (!found || found.index > 0) return null;
    if (consume) this.at += found[0].length;
    return found;
  }
}

const colours = (grammar, text) => {
  const state = grammar.startState();
  const found = [];
  for (const line of text.split('\n')) {
    const stream = new Stream(line);
    while (stream.at < line.length) {
      const start = stream.at;
      const kind = grammar.token(stream, state);
      assert(stream.at > start, `stuck in ${JSON.stringify(line)} at ${start}`);
      if (kind && kind !== 'operator') found.push(`${kind}:${line.slice(start, stream.at)}`);
    }
  }
  return found.join(' ');
};

(async () => {
  const extension = window._JUPYTERLAB['thaw-highlighting'];
  const Registry = {};
  let grammar;
  const share = (value) => ({ '4.0.0': { get: async () => () => value } });
  extension.init({
    '@jupyterlab/codemirror': share({ IEditorLanguageRegistry: Registry }),
    '@codemirror/language': share({
      LanguageSupport: class { constructor(language) { this.language = language; } },
      StreamLanguage: { define: (value) => { grammar = value; return value; } },
    }),
  });
  const plugin = (await extension.get('./extension'))().default;
  assert.deepEqual(plugin.requires, [Registry]);
  const added = [];
  plugin.activate({}, { addLanguage: (language) => added.push(language) });
  assert.deepEqual(added.map((language) => language.mime), ['text/x-thaw']);
  await added[0].load();

  const samples = [
    ['show bees # all', 'keyword:show variableName:bees comment:# all'],
    ['train epochs=5; evaluate', 'keyword:train propertyName:epochs number:5 keyword:evaluate'],
    ['a = [1,\nshow]\nshow a', 'variableName:a number:1 variableName:show keyword:show variableName:a'],
    ['train \\\nnet', 'keyword:train variableName:net'],
    ['net.fc = Linear(classes)', 'variableName:net propertyName:fc typeName:Linear variableName:classes'],
    ['s = 0.8..1.0', 'variableName:s number:0.8 number:1.0'],
    ['s = 224x224; t = 20%', 'variableName:s number:224x224 variableName:t number:20%'],
    ["show 'open\nshow true", "keyword:show string:'open keyword:show atom:true"],
    ['größe = 1', 'variableName:größe number:1'],
  ];
  for (const [text, expected] of samples) assert.equal(colours(grammar, text), expected);
  console.log(`${samples.length} samples pass`);
})().catch((error) => { console.error(error); process.exitCode = 1; });
