import { fileURLToPath } from 'node:url';
import { writeFileWhole } from '../src/files/write-file.ts';
import type { FlamingoConfig } from '../src/flamingo/flamingo.ts';
import { SHIPPED_VOCABULARY, shippedConfig } from '../src/model/config.ts';
import { tapShapes } from '../src/runs/tap-shapes.ts';
import { TAPS } from '../src/runs/taps.ts';
import { PAPER_MODELS } from '../src/zoo/paper-models.ts';
import { countParameters } from '../src/zoo/parameter-count.ts';

const SIZES = { text: 64, images: 4 } as const;

function costs(): string {
  const { model } = shippedConfig({ size: SHIPPED_VOCABULARY, special: { image: 0, eoc: 1 } });
  const paper = Object.entries(PAPER_MODELS).map(([name, { config, visualTokens }]) =>
    row(name, config, { visualTokens }),
  );
  const lines = [row('shipped', model, {}), ...paper];
  return `| Model | Parameters | Taps | Bytes of all of them | Operations |\n|---|---:|---:|---:|---:|\n${lines.join('\n')}`;
}

function row(name: string, config: FlamingoConfig, visual: { readonly visualTokens?: number }): string {
  const taps = tapShapes(config, { ...SIZES, ...visual });
  const total = (key: 'bytes' | 'flops'): number => taps.reduce((sum, tap) => sum + tap[key], 0);
  const cells = [
    readable(countParameters(config).total),
    taps.length,
    readable(total('bytes')),
    readable(total('flops')),
  ];
  return `| ${name} | ${cells.join(' | ')} |`;
}

/** 3.21 G */
function readable(count: number): string {
  const unit = Math.min(4, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** unit).toPrecision(3)} ${['', 'k', 'M', 'G', 'T'][unit]}`;
}

const INTRO = `# Taps

Every value of the model that has a name. A run shows and changes them, and leaves nothing behind:

    const run = await model.run(prompt, {
      capture: ['xattn.*.gate.*', 'resampler.**.weights'],
      edit: [{ at: 'xattn.3.gate.attention', set: 0 }],
    });
    run.get('xattn.1.gate.attention'); // { name, dims, shape, data }
    run.next; // the token that comes next: { id, token, text, logits, probabilities, .. }

In a pattern \`*\` is one segment of a name and \`**\` any number of them; below, \`*\` stands for a layer's number.
\`xattn.{i}\` is the block before layer i of the language model (after it, where the configuration says so). A pattern that
matches nothing is refused before anything is computed, with the nearest names.

## What can be asked of a run

| Option | What it does |
|---|---|
| \`capture: [PATTERN]\` | keeps values, as edits left them: \`run.get(NAME)\`, \`run.names\` |
| \`edit: [{ at: PATTERN, .. }]\` | changes what flows on, in order: \`set: NUMBER\`, \`zero: true\`, \`scale: NUMBER\`, \`add: NUMBER\`, \`patch: VALUE\`, \`apply: (x, name) => x\` |
| \`grad: { of, at: [PATTERN] }\` | derives one number by values: \`run.gradient(NAME)\`, \`run.objective\` |
| \`stopAfter: NAME\` | computes nothing after this tap |
| \`budget: BYTES\` | refuses captures and gradients that would take more; default 1 GiB, told from shapes before the run |

An edit may say \`where\`: \`{ head: 1, text: [0, -1] }\` leaves everything else as it was. The axes are those below; an index
counts from 0, a negative one from the end, of the text from the prompt's end. \`image\` is another word for \`medium\` and
\`picture\`, \`token\` for \`text\`, \`key\` for \`key-text\` and \`key-token\`. An axis \`a*b\` is two axes in one, the second the
faster, and \`a+b\` is one after the other; each half can be named alone. A patch is what another run had there,
\`donor.get(NAME)\`, \`{ shape, data }\` from JSON, or a whole run that captured every tap matched. All but functions is plain
JSON.

\`grad.of\` is \`{ logit: TOKEN, position? }\`, \`{ logProbability: TOKEN, position? }\`, the token as text or id, or
\`{ tap: NAME, where? }\`, the sum of a part of a value.

\`model.generate(prompt, { capture, edit, grad, budget })\` gives a run for every token of the answer: the first reads the
prompt, the others one token each from a cache. Text indices of edits count from the prompt's start and may name tokens that
are still to come; gradients are those of each step, what the cache holds being constant. \`model.answer(prompt, { edit })\`
answers and ranks with edits, with beams too. \`runFlamingo\` and \`runSteps\` of \`glass-flamingo/flamingo\` do the same for a
model without a tokenizer, from ids and pixels, visual features or latents.

A tap of attention scores or weights makes that block compute them, which its fused kernel skips; nothing else changes.
An unused tap costs one function call: see [benchmarks](benchmarks.md).

## Before a run

\`tapShapes(config, { text, images })\` walks any model on shapes alone: name, axes, shape, bytes and floating-point operations
of every tap, a multiply-add being two, nothing allocated. A prompt of ${SIZES.images} images and ${SIZES.text} tokens, vision encoders of the paper
left out:

${costs()}

## All taps

Equations use the paper's letters: x_f visual features, x latents, y text; z is the stream of the vision encoder. Sections,
figures and equations are those of the paper (arXiv 2204.14198). Which taps a model has depends on its configuration: learned
positions, for example, are OPT's and GPT-2's alone.

Written by \`npm run taps\` from \`src/runs/taps.ts\`.
`;

const GROUPS: readonly (readonly [heading: string, prefix: string])[] = [
  ['Vision encoder', 'vision.'],
  ['Perceiver Resampler', 'resampler.'],
  ['Which image a token may see', 'mask.'],
  ['Gated cross-attention', 'xattn.'],
  ['Language model', 'lm.'],
  ['Result', 'logits'],
];

const cell = (text: string): string => text.replace(/\|/g, '\\|');
const code = (text: string): string => `\`${text}\``;

function table(prefix: string): string {
  const rows = Object.entries(TAPS).filter(([name]) => name.startsWith(prefix));
  const lines = rows.map(([name, { dims, equation, source, gloss }]) =>
    [code(name), dims.map(code).join(' '), code(equation), source, `${gloss.en}<br>${gloss.ko}`].map(cell).join(' | '),
  );
  return `| Tap | Axes | Equation | Source | What it is |\n|---|---|---|---|---|\n${lines.map((line) => `| ${line} |\n`).join('')}`;
}

/** docs/taps.md: the registry as tables. */
export function tapsPage(): string {
  return `${INTRO}\n${GROUPS.map(([heading, prefix]) => `### ${heading}\n\n${table(prefix)}`).join('\n')}`;
}

const target = new URL('../docs/taps.md', import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFileWhole(fileURLToPath(target), tapsPage());
}
