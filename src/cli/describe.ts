import { Argument, type Command } from 'commander';
import { SHIPPED_VOCABULARY, shippedConfig } from '../flamingo/config.ts';
import { type FlamingoConfig, hasBlock } from '../flamingo/flamingo.ts';
import { PAPER_MODELS } from '../flamingo/paper-models.ts';
import { countParameters, type ParameterCount } from '../flamingo/parameter-count.ts';
import type { Context } from './context.ts';

/** Presets by name; what the paper states of its own. */
const PRESETS: Readonly<Record<string, { readonly config: FlamingoConfig; readonly stated?: ParameterCount }>> = {
  shipped: { config: shippedConfig({ size: SHIPPED_VOCABULARY, special: { image: 0, eoc: 0 } }).model },
  ...PAPER_MODELS,
};

/** What the counts leave open: the dimensions of Table 4 do not give the counts of Table 5 exactly. */
const PAPER_REMARKS = [
  'Counted from the dimensions in Table 4 of the paper; beside it the counts of its Table 5. They differ, because',
  'the paper leaves open: biases, the visual width (1536 here), embeddings, and where norms stand.',
  'The vision encoder (NFNet-F6) is not built here: its count is the stated one. The language model is Chinchilla,',
  'counted as a plain pre-norm transformer with 32,000 tokens: its relative positions add a matrix a layer.',
  'Shape only: there are no public weights of these models.',
];

const SHIPPED_REMARKS = [
  'A small OpenFlamingo v2 around OPT. Unlike the paper: exact GELU instead of squared ReLU, no temporal embeddings,',
  "a CLIP Vision Transformer instead of NFNet-F6. Of the language model's embedding, two rows are trained.",
];

export function register(program: Command, context: Context): void {
  program
    .command('describe')
    .description('parameters of each part of a preset, beside those of the paper')
    .addArgument(new Argument('[preset]', 'which one; all when left out').choices(Object.keys(PRESETS)))
    .action((preset?: string) => {
      const names = preset ? [preset] : Object.keys(PRESETS);
      const tables = names.map((name) => {
        const { config, stated } = PRESETS[name] as (typeof PRESETS)[string];
        return describeModel(name, config, stated).join('\n');
      });
      const remarks = names.some((name) => name in PAPER_MODELS) ? PAPER_REMARKS : SHIPPED_REMARKS;
      context.out(`${tables.join('\n\n')}\n\n${remarks.join('\n')}\n`);
    });
}

/** A table of the parts: layers, width, heads, parameters, and how far from `stated`, which counts an encoder not built. */
export function describeModel(name: string, config: FlamingoConfig, stated?: ParameterCount): string[] {
  const { vision, crossAttention, languageModel } = config;
  const { width, depth = 6, heads = 16, headWidth = 96 } = config.resampler;
  const built = countParameters(config);
  const encoder = vision ? 0 : (stated?.vision ?? 0);
  const count = { ...built, vision: built.vision + encoder, total: built.total + encoder };
  const blocks = Array.from({ length: languageModel.layers }, (_, i) => hasBlock(i, crossAttention)).filter(Boolean);
  const split = (number: number, each: number) => `${number} x ${each}`;
  const dimensions: [part: string, key: keyof ParameterCount, ...dimensions: string[]][] = [
    ['vision encoder', 'vision', vision ? `${vision.layers}` : '', `${vision?.width ?? width}`, ''],
    ['Perceiver Resampler', 'resampler', `${depth}`, `${width}`, split(heads, headWidth)],
    [
      `gated cross-attention, every ${crossAttention.every}`,
      'crossAttention',
      `${blocks.length}`,
      `${languageModel.width}`,
      split(crossAttention.heads, crossAttention.headWidth ?? 128),
    ],
    [
      'language model',
      'languageModel',
      `${languageModel.layers}`,
      `${languageModel.width}`,
      split(languageModel.heads, languageModel.headWidth ?? languageModel.width / languageModel.heads),
    ],
    ['total', 'total', '', '', ''],
  ];
  return [
    row(name, 'layers', 'width', 'heads', 'parameters', stated ? 'paper' : '', ''),
    ...dimensions.map(([part, key, layers = '', width = '', head = '']) =>
      row(part, layers, width, head, readable(count[key]), ...beside(count[key], stated?.[key])),
    ),
  ];
}

function beside(counted: number, stated: number | undefined): [string, string] {
  if (stated === undefined) return ['', ''];
  const percent = (counted / stated - 1) * 100;
  return [readable(stated), `${percent >= 0 ? '+' : ''}${percent.toFixed(0)} %`];
}

function row(part: string, ...cells: string[]): string {
  const widths = [8, 7, 10, 12, 9, 7];
  return (part.padEnd(31) + cells.map((cell, i) => cell.padStart(widths[i] ?? 8)).join('')).trimEnd();
}

/** 1.16 B, 170 M, 972,032 */
function readable(count: number): string {
  if (count >= 1e9) return `${Number((count / 1e9).toPrecision(3))} B`;
  if (count >= 1e8) return `${Math.round(count / 1e6)} M`;
  return count.toLocaleString('en');
}
