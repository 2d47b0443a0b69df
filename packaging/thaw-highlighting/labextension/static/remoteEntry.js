// A prebuilt JupyterLab 4 extension, written by hand so that it needs no bundler:
// it registers a CodeMirror 6 stream grammar for cells and files of type text/x-thaw.
(() => {
  const name = 'thaw-highlighting';
  let shared;

  const load = async (library) => {
    const versions = shared[library];
    const version = versions && Object.keys(versions)[0];
    if (!version) throw new Error(`${name}: JupyterLab shares no ${library}`);
    return (await versions[version].get())();
  };

  const grammar = {
    name: 'thaw',
    startState: () => ({ depth: 0, begins: true, quote: null }),
    copyState: (state) => ({ ...state }),
    token(stream, state) {
      // A new line is a new statement unless a bracket or a backslash keeps the old one open.
      if (stream.sol() && state.depth === 0 && !state.continued) state.begins = true;
      if (stream.sol()) state.continued = false;
      if (stream.eatSpace()) return null;
      if (stream.match(/^#.*/)) return 'comment';
      if (stream.match(/^;/)) { state.depth = 0; state.begins = true; return null; }
      if (stream.match(/^\\\s*$/)) { state.continued = true; return null; }
      const begins = state.begins;
      state.begins = false;
      if (stream.match(/^"(?:\\.|[^"\\])*"?/) || stream.match(/^'(?:\\.|[^'\\])*'?/)) return 'string';
      if (stream.match(/^\d[\d_]*(?:x\d[\d_]*|(?:\.\d[\d_]*)?(?:[eE][+-]?\d[\d_]*)?%?)/)) return 'number';
      if (stream.match(/^(?:true|false|none)(?![\p{L}\p{N}_])/u)) return 'atom';
      const word = stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u);
      if (word) {
        if (stream.match(/^\s*=/, false)) return begins ? 'variableName' : 'propertyName';
        if (/^[A-Z]/.test(word[0])) return 'typeName';
        // By form alone, so that a new verb needs no new grammar.
        if (begins && !stream.match(/^[.(\[,]/, false)) return 'keyword';
        return 'variableName';
      }
      if (stream.match(/^[(\[{]/)) { state.depth += 1; return null; }
      if (stream.match(/^[)\]}]/)) { state.depth = Math.max(0, state.depth - 1); return null; }
      if (stream.match(/^(?:\.\.|[=+\-*/?])/)) return 'operator';
      stream.next();
      return null;
    },
    languageData: { commentTokens: { line: '#' }, closeBrackets: { brackets: ['(', '[', '{', '"', "'"] } },
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
