// A prebuilt JupyterLab 4 extension, written by hand so that it needs no bundler. It registers a CodeMirror 6 stream grammar for cells and
// files of type text/x-thaw, whose rules are those of src/thaw_kernel/lexer.py, and saves the last state of live views with Thaw's notebooks.
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

  const languagePlugin = async () => {
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

  // Live views, saved. JupyterLab saves the state of widgets only where its user has switched that on for all kernels; a notebook that is
  // opened again shows an error in their place. The states pass by on iopub, all of them in full, so the page knows them when it saves.

  const viewType = 'application/vnd.jupyter.widget-view+json';
  const stateType = 'application/vnd.jupyter.widget-state+json';

  const listen = (states, { header, content, buffers = [] }) => {
    const data = content.data ?? {};
    const paths = data.buffer_paths ?? [];
    if (header.msg_type === 'comm_open' && content.target_name === 'jupyter.widget') {
      states.set(content.comm_id, { state: data.state, buffers: new Map(paths.map((path, index) => [path.join('/'), buffers[index]])) });
    } else if (header.msg_type === 'comm_close') {
      states.delete(content.comm_id);
    } else if (header.msg_type === 'comm_msg' && data.method === 'update_states') {
      // What the page is told after it was loaded again.
      for (const [id, model] of Object.entries(data.states)) states.set(id, { state: model.state, buffers: new Map() });
      paths.forEach(([id, , ...path], index) => states.get(id)?.buffers.set(path.join('/'), buffers[index]));
    } else if (header.msg_type === 'comm_msg' && /^(echo_)?update$/.test(data.method)) {
      const known = states.get(content.comm_id);
      if (!known) return;
      Object.assign(known.state, data.state);
      paths.forEach((path, index) => known.buffers.set(path.join('/'), buffers[index]));
    }
  };

  const base64 = (buffer) => {
    const bytes = ArrayBuffer.isView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer);
    let text = '';
    for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
    return btoa(text);
  };

  const written = ({ state, buffers }) => ({
    model_name: state._model_name,
    model_module: state._model_module,
    model_module_version: state._model_module_version,
    state,
    buffers: [...buffers].map(([path, buffer]) => ({ encoding: 'base64', path: path.split('/'), data: base64(buffer) })),
  });

  // The views among a notebook's outputs.
  const views = (notebook) => [...notebook.cells].flatMap((cell) => {
    const outputs = cell.type === 'code' ? cell.outputs : null;
    return Array.from({ length: outputs?.length ?? 0 }, (_, index) => outputs.get(index).data[viewType]?.model_id).filter(Boolean);
  });

  const save = (notebook, states) => {
    if (notebook.getMetadata('language_info')?.name !== 'thaw') return;
    const before = notebook.getMetadata('widgets')?.[stateType]?.state ?? {};
    const state = {};
    // Each view with the models that it is made of; one whose kernel is gone stays as it was saved before.
    const open = views(notebook);
    while (open.length) {
      const id = open.pop();
      const model = states.has(id) ? written(states.get(id)) : before[id];
      if (!model || state[id]) continue;
      state[id] = model;
      for (const [, part] of JSON.stringify(model.state).matchAll(/"IPY_MODEL_([^"]+)"/g)) open.push(part);
    }
    if (Object.keys(state).length) notebook.setMetadata('widgets', { [stateType]: { version_major: 2, version_minor: 0, state } });
    else if (Object.keys(before).length) notebook.deleteMetadata('widgets');
  };

  const widgetsPlugin = async () => {
    const { INotebookTracker } = await load('@jupyterlab/notebook');
    return {
      id: `${name}:widgets`,
      autoStart: true,
      requires: [INotebookTracker],
      activate: (app, tracker) => {
        tracker.widgetAdded.connect((_, panel) => {
          const states = new Map();
          panel.sessionContext.kernelChanged.connect(() => states.clear());
          panel.sessionContext.iopubMessage.connect((_, message) => listen(states, message));
          panel.context.saveState.connect((_, stage) => { if (stage === 'started') save(panel.context.model, states); });
        });
      },
    };
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[name] = {
    init: (scope) => { shared = scope; },
    get: async (module) => {
      if (module !== './extension') throw new Error(`${name}: there is no ${module}`);
      const plugins = await Promise.all([languagePlugin(), widgetsPlugin()]);
      return () => ({ default: plugins, __esModule: true });
    },
  };
})();
