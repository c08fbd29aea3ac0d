import { fileURLToPath } from 'node:url';
import { writeFileWhole } from '../src/files/write-file.ts';
import { DIALECTS, type Dialect, type DialectModel, paper } from '../src/zoo/dialects.ts';
import { readArguments } from './arguments.ts';

const INTRO = `# Dialects

There is one model here and several public Flamingos, which agree on most of it and differ in some of it. Each difference
is a switch of the modules they share; there are no copies. The column of the paper is also what a switch is when nothing
says otherwise; where the paper leaves something open, it is our choice, and the switch's own comment says so.

\`inDialect(openFlamingo, sizes)\` makes a configuration of a dialect's switches and a model's own sizes:

    import { Flamingo, inDialect, openFlamingo } from 'glass-flamingo';

    const config = inDialect(openFlamingo, {
      vision: null,
      resampler: { width: 1024 },
      crossAttention: { every: 4 },
      languageModel, // of languageModelFromHuggingFace(config.json)
      tokens: { image: 50278, endOfChunk: 50277 },
    });

Sizes in the tables (depth, heads, latents ...) are those of released models; a configuration changes them freely.
A dash means the same as the paper. Written by \`npm run dialects\` from \`src/zoo/dialects.ts\`.
`;

type ResamplerSwitch = Exclude<keyof DialectModel['resampler'], 'latentStd'>;
type BlockSwitch = Exclude<keyof DialectModel['crossAttention'], 'every' | 'hidden' | 'heads'>;
type ModelSwitch = Exclude<keyof DialectModel, 'resampler' | 'crossAttention'>;

const RESAMPLER: Readonly<Record<ResamplerSwitch, string>> = {
  depth: 'layers',
  heads: 'heads of attention',
  headDim: 'width of a head',
  latents: 'latents that come out for each medium',
  ffMult: 'how much wider the feed-forward network is inside',
  activation: 'its activation',
  eps: 'of layer norms',
  queryKeyNorm: "a norm of every head's queries and keys",
  frameEmbeddings: 'learned temporal embeddings, one a frame; a picture takes the first',
  extraFrames: 'what more frames than these read: what lies between them, or an error',
  mediaEmbeddings: "learned embeddings by the medium's place in the prompt",
  finalNorm: 'a norm after the last layer',
};

const BLOCK: Readonly<Record<BlockSwitch, string>> = {
  placement:
    'which layers have a block: before layers 0, n, 2n ..; before every n-th, (i + 1) % n = 0; or after layers 0, n, 2n ..',
  headDim: 'width of a head',
  ffMult: 'how much wider the feed-forward network is inside; IDEFICS takes the width of its language model',
  activation: 'its activation',
  gatedFeedForward: 'whether it is gated (SwiGLU with silu)',
  norm: 'kind of both norms',
  eps: 'of all its norms',
  queryKeyNorm: "a norm of every head's queries and keys",
  gates: 'one alpha for each part, or one for each number of the width',
  maskedTokenRule: 'what is 0 for a token that sees no medium: its weights, or what comes of them',
};

const MODEL: Readonly<Record<ModelSwitch, string>> = {
  visualTokens:
    'what the resampler reads of the vision encoder: its patches, or the class token too; never the final norm',
  attend: 'which media a token may see: the latest before it, all previous, or the next',
  beforeFirst: 'what text before the first medium reads',
  beyondLast: 'what text after more `<image>` tokens than media reads',
  generatedImages: 'what a generated `<image>` does to the text after it',
  trainedEmbeddings: 'rows of the token embedding that learn: those of the two new tokens, or all',
};

type Row = readonly [name: string, means: string, value: (dialect: Dialect) => unknown];

const GROUPS: readonly (readonly [heading: string, rows: readonly Row[]])[] = [
  ['Perceiver Resampler', rowsOf(RESAMPLER, (name) => (dialect) => dialect.model.resampler[name])],
  [
    'Gated cross-attention',
    [
      ['heads', 'heads of attention; in the paper and IDEFICS as many as the language model has', heads],
      ...rowsOf(BLOCK, (name) => (dialect) => dialect.model.crossAttention[name]),
    ],
  ],
  ['What text sees, and what learns', rowsOf(MODEL, (name) => (dialect) => dialect.model[name])],
  [
    'Generation and training text',
    [
      [
        'lengthRule',
        'what length is in the score of a beam: tokens generated, the stopping one included (transformers 4.57), or the whole row, prompt and padding, without it (4.33)',
        (dialect) => dialect.generation.lengthRule,
      ],
      ['suppress', 'whether `<image>` is never generated', (dialect) => dialect.generation.suppressImage],
      [
        'labels',
        'tokens without a loss: padding (`text`), and `<image>` (`pairs`), and all between an `<EOC>` and the next `<image>` (`interleaved`)',
        (dialect) => dialect.labels.join(', '),
      ],
    ],
  ],
];

function heads({ model }: Dialect): unknown {
  return model.crossAttention.heads ?? 'languageModel.heads';
}

function rowsOf<K extends string>(switches: Readonly<Record<K, string>>, value: (name: K) => Row[2]): Row[] {
  return (Object.entries(switches) as [K, string][]).map(([name, means]) => [name, means, value(name)]);
}

function shown(value: unknown): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' && value > 0 && value < 0.001 ? `\`${value.toExponential()}\`` : `\`${value}\``;
}

function table(rows: readonly Row[]): string {
  const dialects = Object.values(DIALECTS);
  const head = `| Switch | Decides | ${dialects.map(({ title }) => title).join(' | ')} |\n|---|---|${'---|'.repeat(dialects.length)}\n`;
  const lines = rows.map(([name, means, value]) => {
    const standard = value(paper);
    const cells = dialects.map((dialect) => {
      const own = value(dialect);
      return dialect !== paper && (own === undefined || own === standard) ? '-' : shown(own);
    });
    return `| \`${name}\` | ${means} | ${cells.join(' | ')} |\n`;
  });
  return head + lines.join('');
}

const NOTES = `## Notes

- flamingo-pytorch and OpenFlamingo can attend to all previous media (\`only_attend_immediate_media=False\`): spread
  \`ALL_PREVIOUS\` into the sizes. Text before the first medium then reads the mean of all media, later ones too; this leak
  is theirs, and \`{ attend: 'previous' }\` alone has none.
- flamingo-mini chooses its activations in config.json: the default is \`gelu\`, the released models have \`sqrelu\`. It tells
  pictures by the token \`<\`, so any \`<\` in a text counts as one; pass \`imageTokens\` to say where they really are.
- IDEFICS chooses norms of queries and keys (\`qk_layer_norms\`) and the kind of gates (\`alpha_type\`) in config.json. Text
  after \`</s>\` sees nothing until the next \`<image>\` (\`tokens.endOfDocument\`); \`</s>\` itself still sees.
- OpenFlamingo v1 could attend to the next image: \`{ attend: 'next' }\`.
- The exact frozen language model answers only when both gates are 0: the dense part acts on tokens without an image too.
- Which of these models' numbers are matched, and how closely: \`npm run parity\`.

## Public checkpoints

| Repository | Dialect | Language model | Blocks | Vision encoder |
|---|---|---|---|---|
| openflamingo/OpenFlamingo-3B-vitl-mpt1b, -langinstruct | OpenFlamingo | MPT-1B (MosaicGPT), 24 layers | every 1 | CLIP ViT-L/14, QuickGELU |
| openflamingo/OpenFlamingo-4B-vitl-rpj3b, -langinstruct | OpenFlamingo | RedPajama-INCITE 3B (GPT-NeoX), 32 layers | every 2 | CLIP ViT-L/14, QuickGELU |
| openflamingo/OpenFlamingo-9B-vitl-mpt7b | OpenFlamingo | MPT-7B, 32 layers | every 4 | CLIP ViT-L/14, QuickGELU |
| openflamingo/OpenFlamingo-9B-deprecated | OpenFlamingo (v1) | LLaMA-7B | every 4 | CLIP ViT-L/14, QuickGELU |
| dhansmair/flamingo-mini | flamingo-mini | OPT-350m | every 1 | CLIP ViT-L/14, QuickGELU |
| dhansmair/flamingo-tiny | flamingo-mini | OPT-125m | every 1 | CLIP ViT-L/14, QuickGELU |
| HuggingFaceM4/idefics-9b, -instruct | IDEFICS | LLaMA-7B | every 4 | CLIP ViT-H/14, GELU |
| HuggingFaceM4/idefics-80b, -instruct | IDEFICS, rms eps 1e-5 | LLaMA-65B | every 4 | CLIP ViT-H/14, GELU |
| \`weights/\` of this repository | OpenFlamingo, 4 heads of 32, 2 layers and 8 latents in the resampler | OPT layout, 4 layers | every 1 | CLIP layout, 4 layers, QuickGELU |
`;

/** docs/dialects.md: what each public Flamingo does otherwise, as tables. */
export function dialectsPage(): string {
  const sources = Object.values(DIALECTS).map(({ title, source }) => `- ${title}: ${source}\n`);
  const groups = GROUPS.map(([heading, rows]) => `## ${heading}\n\n${table(rows)}`);
  return `${INTRO}\n${sources.join('')}\n${groups.join('\n')}\n${NOTES}`;
}

const target = new URL('../docs/dialects.md', import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readArguments('npm run dialects: writes docs/dialects.md from the dialects.', {});
  await writeFileWhole(fileURLToPath(target), dialectsPage());
}
