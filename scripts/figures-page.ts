import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openSafetensors } from '../src/files/safetensors.ts';
import { writeFileWhole } from '../src/files/write-file.ts';
import { load, type PicturePrompt, patchGrid, readPicture, tokenise } from '../src/flamingo.ts';
import {
  attentionHeads,
  CONTRIBUTION_TAPS,
  contributionMap,
  crossAttentionMap,
  gateBars,
  gateContributions,
  gateLines,
  gatesThroughTraining,
  gateValues,
  greySquare,
  histogramPanels,
  imageRibbon,
  type Language,
  LOGIT_LENS_TAPS,
  logitLens,
  logitLensTable,
  modelFigure,
  occlusionMap,
  PATCH_MAP_TAPS,
  parameterHistograms,
  tokenOverlays,
  tokenRibbon,
  topChangeDots,
  topChanges,
  wordPatchMap,
} from '../src/inspect/index.ts';
import { readArguments } from './arguments.ts';

const root = new URL('../', import.meta.url);

/** The figures of docs/figures.md by file name: the demo's first few-shot prompt on the shipped model. */
export async function exampleFigures(): Promise<Map<string, string>> {
  const model = await load();
  const { scenes } = JSON.parse(await readFile(new URL('examples/demo.json', root), 'utf8')) as {
    scenes: [{ fewShot: PicturePrompt }];
  };
  const prompt: PicturePrompt<URL> = {
    sequence: scenes[0].fewShot.sequence.map((item) =>
      'image' in item ? { image: new URL(`examples/${item.image}`, root) } : item,
    ),
  };
  const tokenised = tokenise(prompt, model.tokenizer);
  const tokens = tokenised.ids.map((id) => model.tokenizer.token(id));
  const capture = [...CONTRIBUTION_TAPS, ...PATCH_MAP_TAPS, ...LOGIT_LENS_TAPS, 'logits'];
  const run = await model.run(prompt, { capture });
  const closed = await model.run(prompt, { capture: ['logits'], edit: [{ at: 'xattn.3.gate.*', set: 0 }] });
  const pictures = await Promise.all(
    tokenised.images.map(async (image) =>
      greySquare(await readPicture(await readFile(image), image.pathname), model.config.preprocessing),
    ),
  );
  const { vision } = model.config.model;
  const [rows, columns] = vision ? patchGrid(vision) : [1, 1];
  const overlay = {
    map: wordPatchMap(run, tokens.length - 1, { rows, columns }),
    occlusion: await occlusionMap(model, prompt),
  };
  const lens = await logitLens(model, run);
  const log = await readFile(new URL('weights/training-log.jsonl', root), 'utf8');
  const weights = await openSafetensors(await readFile(new URL('weights/model.safetensors', root)));
  const histograms = await parameterHistograms(weights, '**.layers.3.gated_cross_attn_layer.attn.to_*.weight');

  const figures = new Map<string, string>();
  for (const lang of ['en', 'ko'] satisfies Language[]) {
    const drawn = {
      model: modelFigure(model.config.model, { lang }),
      gates: gateBars(gateValues(run), { lang }),
      training: gateLines(gatesThroughTraining(log), { lang }),
      contributions: contributionMap(gateContributions(run), tokens, { lang }),
      ribbon: tokenRibbon(imageRibbon(run), tokens, { lang }),
      attention: attentionHeads(crossAttentionMap(run, 3), { lang, tokens }),
      overlays: tokenOverlays([overlay], { lang, tokens, pictures }),
      lens: logitLensTable(lens, tokens, { lang }),
      changes: topChangeDots(topChanges(run, closed, model), { lang }),
      histograms: histogramPanels(histograms, { lang }),
    };
    for (const [name, svg] of Object.entries(drawn)) figures.set(`${name}.${lang}.svg`, `${(await svg).trimEnd()}\n`);
  }
  model.dispose();
  return figures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readArguments('npm run figures: writes the figures of docs/figures.md from the shipped model.', {});
  const folder = new URL('docs/figures/', root);
  await mkdir(folder, { recursive: true });
  for (const [name, svg] of await exampleFigures()) {
    await writeFileWhole(fileURLToPath(new URL(name, folder)), svg);
  }
}
