// node kernelspec/tests/test_widgets.js: what the JupyterLab extension saves of live views.
const assert = require('node:assert');
const path = require('node:path');

globalThis.window = {};
require(path.join(__dirname, '../labextension/static/remoteEntry.js'));

const signal = () => {
  const slots = [];
  return { connect: (slot) => slots.push(slot), emit: (value) => slots.forEach((slot) => slot(null, value)) };
};
const viewType = 'application/vnd.jupyter.widget-view+json';
const stateType = 'application/vnd.jupyter.widget-state+json';

// A notebook whose outputs are views of these models, and whose metadata is an object.
const panelOf = (ids, metadata) => ({
  sessionContext: { kernelChanged: signal(), iopubMessage: signal() },
  context: {
    saveState: signal(),
    model: {
      cells: [
        { type: 'markdown' },
        { type: 'code', outputs: { length: ids.length, get: (index) => ({ data: ids[index] ? { [viewType]: { model_id: ids[index] } } : { 'text/plain': '7' } }) } },
      ],
      getMetadata: (key) => metadata[key],
      setMetadata: (key, value) => { metadata[key] = value; },
      deleteMetadata: (key) => { delete metadata[key]; },
    },
  },
});

const model = (name, members) => ({ _model_name: name, _model_module: 'm', _model_module_version: '2.0.0', ...members });
const opened = (id, state, paths = [], buffers = []) => ({
  header: { msg_type: 'comm_open' }, content: { comm_id: id, target_name: 'jupyter.widget', data: { state, buffer_paths: paths } }, buffers,
});
const sent = (id, data, buffers = []) => ({ header: { msg_type: 'comm_msg' }, content: { comm_id: id, data }, buffers });

(async () => {
  const extension = window._JUPYTERLAB['thaw-kernel'];
  const share = (value) => ({ '1.0.0': { get: async () => () => value } });
  const Tracker = {};
  extension.init({ '@jupyterlab/codemirror': share({}), '@jupyterlab/notebook': share({ INotebookTracker: Tracker }) });
  const [, plugin] = (await extension.get('./extension'))().default;
  assert.deepEqual(plugin.requires, [Tracker]);
  const widgetAdded = signal();
  plugin.activate({}, { widgetAdded });
  const open = (ids, metadata) => {
    const panel = panelOf(ids, metadata);
    widgetAdded.emit(panel);
    return { hear: panel.sessionContext.iopubMessage.emit, restart: panel.sessionContext.kernelChanged.emit, save: () => panel.context.saveState.emit('started') };
  };
  const saved = (metadata) => metadata.widgets?.[stateType].state;

  // The newest state of each view, with all that it refers to, and nothing else.
  let metadata = { language_info: { name: 'thaw' } };
  let page = open([null, 'box'], metadata);
  const picture = new DataView(new Uint8Array([0, 1, 2, 250, 251]).buffer, 1, 3);
  page.hear(opened('slider', model('IntSliderModel', { value: 1 })));
  page.hear(opened('image', model('ImageModel', { format: 'png' }), [['value']], [new ArrayBuffer(1)]));
  page.hear(opened('box', model('VBoxModel', { children: ['IPY_MODEL_slider', 'IPY_MODEL_image'] })));
  page.hear(opened('other', model('LabelModel', { value: 'in no output' })));
  page.hear({ header: { msg_type: 'comm_open' }, content: { comm_id: 'plot', target_name: 'somebody.else', data: {} } });
  page.hear(sent('slider', { method: 'update', state: { value: 5 } }));
  page.hear(sent('slider', { method: 'echo_update', state: { value: 6 } }));
  page.hear(sent('image', { method: 'update', state: {}, buffer_paths: [['value']] }, [picture]));
  page.hear(sent('unknown', { method: 'update', state: { value: 7 } }));
  page.hear({ header: { msg_type: 'stream' }, content: { name: 'stdout', text: 'x' } });
  page.save();
  assert.deepEqual(Object.keys(saved(metadata)).sort(), ['box', 'image', 'slider']);
  assert.equal(saved(metadata).slider.state.value, 6);
  assert.equal(saved(metadata).box.model_name, 'VBoxModel');
  assert.deepEqual(saved(metadata).image.buffers, [{ encoding: 'base64', path: ['value'], data: Buffer.from([1, 2, 250]).toString('base64') }]);
  assert.equal(metadata.widgets[stateType].version_major, 2);

  // A new kernel knows nothing of it: what was saved stays.
  const before = JSON.stringify(saved(metadata));
  page.restart();
  page.save();
  assert.equal(JSON.stringify(saved(metadata)), before);

  // A page that was loaded again is told all states at once.
  metadata = { language_info: { name: 'thaw' } };
  page = open(['image'], metadata);
  page.hear(sent('control', {
    method: 'update_states', states: { image: { state: model('ImageModel', {}) }, gone: { state: model('LabelModel', {}) } }, buffer_paths: [['image', 'state', 'value']],
  }, [picture]));
  page.hear({ header: { msg_type: 'comm_close' }, content: { comm_id: 'gone' } });
  page.save();
  assert.deepEqual(Object.keys(saved(metadata)), ['image']);
  assert.equal(saved(metadata).image.buffers[0].data, Buffer.from([1, 2, 250]).toString('base64'));

  // Outputs that were cleared take their states along.
  metadata = { language_info: { name: 'thaw' }, widgets: { [stateType]: { state: { old: { state: {} } } } } };
  page = open([], metadata);
  page.save();
  assert.equal(metadata.widgets, undefined);

  // Notebooks of other kernels are left alone.
  metadata = { language_info: { name: 'python' } };
  page = open(['slider'], metadata);
  page.hear(opened('slider', model('IntSliderModel', { value: 1 })));
  page.save();
  assert.equal(metadata.widgets, undefined);
  console.log('the states of views are saved');
})().catch((error) => { console.error(error); process.exitCode = 1; });
