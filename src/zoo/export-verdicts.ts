/** What each export format can hold of a model: a verdict on every key of its configuration. */

import { type CrossAttentionConfig, type FlamingoConfig, hasBlock } from '../flamingo/architecture.ts';
import type { LanguageModelConfig } from '../flamingo/language-model.ts';
import type { PerceiverResamplerConfig } from '../flamingo/perceiver-resampler.ts';
import type { Activation } from '../nn/index.ts';

export const EXPORT_FORMATS = ['openflamingo', 'flamingo-mini', 'lucidrains', 'safetensors'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Why a value cannot be written, or null. */
type Verdict<T> = (value: T | undefined, model: FlamingoConfig) => string | null;
/** A key without a verdict does not compile. */
type Verdicts<T> = { readonly [K in keyof T]-?: Verdict<Exclude<T[K], undefined>> };

/** Of every key of a model's configuration. */
interface FormatVerdicts {
  readonly model: Verdicts<Omit<FlamingoConfig, keyof Omit<FormatVerdicts, 'model'>>>;
  readonly resampler: Verdicts<PerceiverResamplerConfig>;
  readonly crossAttention: Verdicts<CrossAttentionConfig>;
  readonly languageModel: Verdicts<LanguageModelConfig>;
}

/** A size or name that the files state, or that matters to training alone. */
const written = (): null => null;
/** What differs only where pictures are generated or come in longer videos, which is the caller's to avoid. */
const besides = (): null => null;
const only =
  (wanted: unknown, reason: string, fallback: unknown = wanted): Verdict<unknown> =>
  (value = fallback) =>
    value === wanted ? null : reason;

const noNorms = only(null, 'it has no norms of queries and keys');
const usualEps = only(1e-5, 'the eps of its norms is 1e-5');
const onlyGelu: Verdict<Activation> = (activation = 'squaredRelu') =>
  activation === 'gelu' ? null : `its activation is gelu, this model's ${activation}`;
const plainBlock = 'its gated blocks have layer norms and no gated feed-forward network';

/** Tells whether blocks stand where they would with another placement. */
const placed =
  (placement: 'paper' | 'open-flamingo'): Verdict<CrossAttentionConfig['placement']> =>
  (_, { crossAttention, languageModel: { layers } }) => {
    const at = (rule: typeof crossAttention) => Array.from({ length: layers }, (_, i) => hasBlock(i, rule)).join();
    const same =
      crossAttention.placement !== 'flamingo-pytorch' && at(crossAttention) === at({ ...crossAttention, placement });
    return same ? null : `its blocks stand before other layers (placement ${placement})`;
  };

const otherLayout = "the language model is written in OPT's layout, which this one does not have";

/** What the names of OPT's tensors can hold. */
const optLayout: FormatVerdicts['languageModel'] = {
  ...{ vocabulary: written, width: written, layers: written, heads: written, hidden: written, maxPositions: written },
  ...{ activation: written, embeddingWidth: written, eps: written, maskMode: written, headDim: written },
  ...{ normBias: written, attentionBias: written, feedForwardBias: written, finalNorm: written },
  keyValueHeads: (count, { languageModel: { heads } }) => (count === undefined || count === heads ? null : otherLayout),
  queryKeyNorm: only(false, otherLayout),
  gated: only(false, otherLayout),
  norm: only('layer', otherLayout),
  layout: only('pre-norm', otherLayout),
  positions: (positions = { kind: 'learned', offset: 2 }) =>
    positions.kind === 'learned' && positions.offset === 2 ? null : otherLayout,
  tied: only(true, otherLayout),
  headBias: only(false, otherLayout),
};

/** What transformers' OPT computes: its configuration does not say the rest. */
const onOpt: FormatVerdicts['languageModel'] = {
  ...optLayout,
  eps: usualEps,
  headDim: (headDim, { languageModel: { width, heads } }) =>
    headDim === undefined || headDim * heads === width ? null : otherLayout,
  ...{ normBias: only(true, otherLayout), attentionBias: only(true, otherLayout) },
  ...{ feedForwardBias: only(true, otherLayout), finalNorm: only(true, otherLayout) },
  maskMode: only('additive', otherLayout),
};

const openflamingoVerdicts: FormatVerdicts = {
  model: {
    ...{ vision: written, tokens: written, trainedEmbeddings: written, generatedImages: besides },
    visualTokens: only('patches', 'its resampler does not read the class token'),
    attend: (attend) => (attend === 'next' ? "its text sees the last picture, this model's the next one" : null),
    beforeFirst: (beforeFirst = 'nothing', { attend }) =>
      (beforeFirst === 'mean') === (attend === 'previous') ? null : 'text before its first picture is read otherwise',
    beyondLast: only('mean', 'text after more <image> tokens than pictures is read otherwise'),
  },
  resampler: {
    ...{ width: written, depth: written, heads: written, headDim: written, latents: written, ffMult: written },
    ...{ latentStd: written, extraFrames: besides },
    activation: onlyGelu,
    eps: usualEps,
    queryKeyNorm: noNorms,
    frameEmbeddings: (count = 8) =>
      count === 0 ? null : `the resampler that its Flamingo builds has no temporal embeddings, this model has ${count}`,
    mediaEmbeddings: (count = 0) =>
      count === 0 ? null : `the resampler that its Flamingo builds has no embeddings of media, this model has ${count}`,
    finalNorm: only(true, 'its resampler ends with a norm, which is missing here'),
  },
  crossAttention: {
    ...{ every: written, heads: written, headDim: written, ffMult: written, hidden: written, maskedTokenRule: written },
    placement: placed('open-flamingo'),
    activation: onlyGelu,
    gatedFeedForward: only(false, plainBlock),
    norm: only('layer', plainBlock),
    eps: usualEps,
    queryKeyNorm: noNorms,
    gates: only('scalar', 'its gates are single numbers'),
  },
  languageModel: onOpt,
};

const miniActivation: Verdict<Activation> = (activation = 'squaredRelu') =>
  activation in MINI_ACTIVATIONS ? null : `it has no ${activation}`;

interface Formats extends Readonly<Record<ExportFormat, Partial<FormatVerdicts>>> {
  readonly openflamingo: FormatVerdicts;
  readonly 'flamingo-mini': FormatVerdicts;
  /** Modules alone. */
  readonly lucidrains: Omit<FormatVerdicts, 'languageModel'>;
  /** Its config.json is this project's. */
  readonly safetensors: Pick<FormatVerdicts, 'languageModel'>;
}

const VERDICTS: Formats = {
  openflamingo: openflamingoVerdicts,
  'flamingo-mini': {
    ...openflamingoVerdicts,
    model: {
      ...openflamingoVerdicts.model,
      visualTokens: written, // a note says what to do
      attend: only('latest', 'its text sees the last picture only'),
    },
    resampler: {
      ...openflamingoVerdicts.resampler,
      activation: miniActivation,
      frameEmbeddings: written,
      mediaEmbeddings: only(0, 'it has no embeddings of media'),
    },
    crossAttention: {
      ...openflamingoVerdicts.crossAttention,
      placement: placed('paper'),
      activation: miniActivation,
    },
  },
  lucidrains: {
    model: { ...openflamingoVerdicts.model, visualTokens: written }, // modules alone: they are given their tokens
    resampler: {
      ...openflamingoVerdicts.resampler,
      width: (width, { languageModel }) =>
        width === languageModel.width ? null : 'its blocks read visual tokens as wide as the text',
      frameEmbeddings: only(0, 'its PerceiverResampler has no temporal embeddings', 8),
      mediaEmbeddings: written,
    },
    crossAttention: { ...openflamingoVerdicts.crossAttention, placement: written }, // sizes.json says it
  },
  safetensors: { languageModel: optLayout },
};

/** Reasons why a format cannot hold a model, each once. */
export function reasonsAgainst(format: ExportFormat, model: FlamingoConfig): string[] {
  const reasons = Object.entries(VERDICTS[format]).flatMap(([part, rules]) => {
    const values = (part === 'model' ? model : model[part as keyof FlamingoConfig]) as Readonly<
      Record<string, unknown>
    >;
    return Object.entries(rules as Readonly<Record<string, Verdict<unknown>>>).map(([key, rule]) =>
      rule(values[key], model),
    );
  });
  return [...new Set(reasons.filter((reason) => reason !== null))];
}

export const MINI_ACTIVATIONS: Readonly<Record<string, string>> = { gelu: 'gelu', relu: 'relu', squaredRelu: 'sqrelu' };
