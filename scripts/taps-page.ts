import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TAPS } from '../src/flamingo/taps.ts';

const INTRO = `# Taps

Every value of the model that has a name. A run shows and changes them:

    const run = await model.run(prompt, {
      capture: ['xattn.*.gate.*', 'resampler.**.weights'],
      edit: [{ at: 'xattn.3.gate.attention', set: 0 }],
    });
    run.get('xattn.1.attention.weights'); // { name, dims, shape, data }

In a pattern \`*\` is one segment of a name and \`**\` any number of them; below, \`*\` stands for a layer's number.
\`xattn.{i}\` is the block before layer i of the language model. Equations use the paper's letters: x_f visual features,
x latents, y text; z is the stream of the vision encoder. An axis \`a*b\` is two axes in one, the second the faster;
\`a+b\` is one after the other. Sections, figures and equations are those of the paper (arXiv 2204.14198).
Which of them a model has depends on its configuration: learned positions, for example, are OPT's and GPT-2's alone.

Written by \`npm run taps\` from \`src/flamingo/taps.ts\`.
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
  return `${INTRO}\n${GROUPS.map(([heading, prefix]) => `## ${heading}\n\n${table(prefix)}`).join('\n')}`;
}

const target = new URL('../docs/taps.md', import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const part = new URL(`${target.href}.part`);
  await writeFile(part, tapsPage());
  await rename(part, target);
}
