// Drop a picture, slide the gates: the caption follows. The model runs in a worker, so that the page stays quick.
import { latest } from 'glass-flamingo';
import { openInWorker } from 'glass-flamingo/worker';

const [file, picture, gates, caption, loaded] = ['file', 'picture', 'gates', 'caption', 'loaded'].map((id) =>
  document.getElementById(id),
);

/** The picture that is shown, read once. */
let prepared;

/** Of quick moves only the last is answered. At 0 all gates are closed: what the language model says on its own. */
const ask = latest((signal, scale) => prepared.answer({ edit: [{ at: 'xattn.*.gate.*', scale }], likely: 5, signal }));

async function answer() {
  if (!prepared) return;
  const found = await ask(gates.valueAsNumber);
  if (!found) return; // a newer answer is on its way
  const { probability = 0 } = found.likely.find(({ text }) => text === found.text) ?? {};
  caption.textContent = `${found.text} (${Math.round(100 * probability)}%)`;
}

async function show(model, image) {
  if (!image) return;
  const next = await model.prepare({ sequence: [{ image }, { text: 'name :' }] });
  prepared?.dispose();
  prepared = next;
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(image);
  picture.alt = image.name;
  await answer();
}

const said = (work) => work.catch((error) => (caption.textContent = error.message));

async function start() {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const model = await openInWorker(worker, 'weights', { progress: (part, all) => (loaded.value = part / all) });
  loaded.hidden = true;
  file.disabled = false;
  file.onchange = () => said(show(model, file.files[0]));
  gates.oninput = () => said(answer());
  document.ondragover = (event) => event.preventDefault();
  document.ondrop = (event) => {
    event.preventDefault();
    said(show(model, event.dataTransfer.files[0]));
  };
}

said(start());
