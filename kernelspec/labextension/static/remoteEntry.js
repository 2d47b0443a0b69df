// A prebuilt JupyterLab 4 extension, written by hand so that it needs no bundler: it registers a CodeMirror 6 stream grammar for cells and
// files of type text/x-thaw. The rules are those of src/thaw_kernel/lexer.py.
(() => {
  const name = 'thaw-kernel';
  let shared;

  const load = async (library) => {
    const versions = shared[library];
    const version = versions && Object.keys(versions)[0];
    if (!version) throw new Error(`${name}: JupyterLab shares no ${library}`);
    return (await versions[version].get())();
  };

  // `train net on bees`: a word between two arguments.
  const connecting = /^(?:on|from|to|until|with)$/;
  // What makes a statement's first word a value: a path, a call, a list, or an operator; but `predict -1` is a command.
  const isValue = /^(?:[.(\[,-]|\s*(?:[+*\/]|\.\.|-\s))/;

  const grammar = {
    name: 'thaw',
    startState: () => ({ depth: 0, begins: true, continued: false, explains: false, glued: false }),
    copyState: (state) => ({ ...state }),
    blankLine: (state) => { state.continued = false; },
    token(stream, state) {
      // A new line is a new statement unless a bracket or a backslash keeps the old one open.
      if (stream.sol()) {
        if (state.depth === 0 && !state.continued) { state.begins = true; state.explains = false; }
        state.continued = false;
        state.glued = false;
      }
      if (stream.eatSpace()) { state.glued = false; return null; }
      if (stream.match(/^#.*/)) return 'comment';
      if (stream.match(/^;/)) { Object.assign(state, grammar.startState()); return null; }
      if (stream.match(/^\\\s*$/)) { state.continued = true; return null; }
      if (state.begins && stream.match(/^\?/)) return 'operator';
      const { begins, explains, glued } = state;
      state.begins = false;
      state.explains = false;
      state.glued = true;
      // A step of a path: `.fc`, `.0`, `.*`, `.conv*`; no option even before an equals sign, no number, no product.
      if (glued && stream.match(/^\.(?:[\p{L}_][\p{L}\p{N}_*]*|\d+|\*[\p{L}\p{N}_*]*)/u)) return 'variableName';
      if (stream.match(/^"(?:\\.|[^"\\]|\\$)*"?/) || stream.match(/^'(?:\\.|[^'\\]|\\$)*'?/)) return 'string';
      if (stream.match(/^\d[\d_]*x\d[\d_]*(?![\p{L}\p{N}_])/u)) return 'number';
      if (stream.match(/^(?:\d[\d_]*(?:\.\d[\d_]*|\.(?![.*\p{L}\p{N}_]))?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?%?/u)) return 'number';
      if (stream.match(/^(?:true|false|none|True|False|None)(?![\p{L}\p{N}_.])/u)) return 'atom';
      const word = stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u);
      if (word) {
        if (stream.match(/^\s*=/, false)) return begins ? 'variableName.definition' : 'propertyName';
        // JupyterLab's themes have no colour for types and functions, but one for what a language brings along.
        if (/^[A-Z]/.test(word[0])) return 'variableName.standard';
        if (explains) return 'keyword';
        if (begins && !stream.match(isValue, false)) {
          state.explains = word[0] === 'help';
          return 'keyword';
        }
        if (stream.match(/^\(/, false)) return 'variableName.standard';
        if (!glued && !begins && state.depth === 0 && connecting.test(word[0]) && stream.match(/^\s+[\p{L}\p{N}_"'\[{]/u, false)) {
          return 'operatorKeyword';
        }
        return 'variableName';
      }
      if (stream.match(/^[(\[{]/)) { state.depth += 1; state.glued = false; return 'bracket'; }
      if (stream.match(/^[)\]}]/)) { state.depth = Math.max(0, state.depth - 1); return 'bracket'; }
      state.glued = false;
      if (stream.match(/^(?:\.\.|[=+\-*/?])/)) return 'operator';
      stream.next();
      return null;
    },
    indent: (state, rest, context) => {
      if (state.depth === 0) return null;
      return Math.max(0, state.depth - (/^\s*[)\]}]/.test(rest) ? 1 : 0)) * context.unit;
    },
    languageData: {
      commentTokens: { line: '#' },
      closeBrackets: { brackets: ['(', '[', '{', '"', "'"] },
      indentOnInput: /^\s*[)\]}]$/,
    },
  };

  const extension = async () => {
    const { IEditorLanguageRegistry } = await load('@jupyterlab/codemirror');
    return {
      id: `${name}:language`,
      autoStart: true,
      requires: [IEditorLanguageRegistry],
      activate: (app, languages) => {
        languages.addLanguage({
          name: 'thaw',
          displayName: 'Thaw',
          mime: 'text/x-thaw',
          extensions: ['thaw'],
          load: async () => {
            const { LanguageSupport, StreamLanguage } = await load('@codemirror/language');
            return new LanguageSupport(StreamLanguage.define(grammar));
          },
        });
      },
    };
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[name] = {
    init: (scope) => { shared = scope; },
    get: async (module) => {
      if (module !== './extension') throw new Error(`${name}: there is no ${module}`);
      const plugin = await extension();
      return () => ({ default: plugin, __esModule: true });
    },
  };
})();
