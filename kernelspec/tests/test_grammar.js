// node kernelspec/tests/test_grammar.js: the JupyterLab grammar on the samples that the Pygments lexer is tested with, and on random text.
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

const meanings = {
  keyword: 'verb', operatorKeyword: 'connecting', variableName: 'name', 'variableName.definition': 'new', 'variableName.standard': 'made',
  propertyName: 'option', number: 'number', string: 'text', atom: 'constant', comment: 'comment', operator: null, bracket: null,
};

const colours = (grammar, text) => {
  const state = grammar.startState();
  const found = [];
  for (const line of text.split('\n')) {
    const stream = new Stream(line);
    if (line === '') grammar.blankLine(state);
    while (stream.at < line.length) {
      const start = stream.at;
      const kind = grammar.token(stream, state);
      assert(stream.at > start, `stuck in ${JSON.stringify(line)} at ${start}`);
      assert(kind === null || kind in meanings, `${kind} is no known kind`);
      if (kind && meanings[kind]) found.push(`${meanings[kind]}:${line.slice(start, stream.at)}`);
    }
  }
  return found.join(' ');
};

(async () => {
  const extension = window._JUPYTERLAB['thaw-kernel'];
  const Registry = {};
  let grammar;
  const share = (value) => ({ '4.0.0': { get: async () => () => value } });
  extension.init({
    '@jupyterlab/codemirror': share({ IEditorLanguageRegistry: Registry }),
    '@jupyterlab/notebook': share({}),
    '@codemirror/language': share({
      LanguageSupport: class { constructor(language) { this.language = language; } },
      StreamLanguage: { define: (value) => { grammar = value; return value; } },
    }),
  });
  const [plugin] = (await extension.get('./extension'))().default;
  assert.deepEqual(plugin.requires, [Registry]);
  const added = [];
  plugin.activate({}, { addLanguage: (language) => added.push(language) });
  assert.deepEqual(added.map((language) => language.mime), ['text/x-thaw']);
  await added[0].load();

  const samples = require('./samples.json');
  for (const [text, expected] of samples) assert.equal(colours(grammar, text), expected, JSON.stringify(text));

  // A new line in brackets is set in by their depth, and a closing bracket stands under the statement that opened it.
  const state = grammar.startState();
  const stream = new Stream('a = [1,');
  while (stream.at < stream.line.length) grammar.token(stream, state);
  assert.equal(grammar.indent(state, '2', { unit: 4 }), 4);
  assert.equal(grammar.indent(state, ']', { unit: 4 }), 0);
  assert.equal(grammar.indent(grammar.startState(), 'show', { unit: 4 }), null);

  let seed = 7;
  const chance = (below) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % below; };
  const characters = 'ab1.x=%#;\\"\'()[]{},:*+? \nA!é\t';
  for (let round = 0; round < 3000; round += 1) {
    colours(grammar, Array.from({ length: chance(40) }, () => characters[chance(characters.length)]).join(''));
  }
  console.log(`${samples.length} samples pass`);
})().catch((error) => { console.error(error); process.exitCode = 1; });
