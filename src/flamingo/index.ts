export type { Answer, GateValues, RankedCandidate } from './answer.ts';
export { huggingFaceClip, openAiClip } from './checkpoints/clip.ts';
export { flamingoMiniNames } from './checkpoints/flamingo-mini.ts';
export { ideficsNames } from './checkpoints/idefics.ts';
export {
  type LanguageModelKind,
  type LanguageModelPlace,
  languageModelNames,
  languageModelNamesOf,
} from './checkpoints/language-models.ts';
export { openFlamingoNames, openFlamingoOpt } from './checkpoints/open-flamingo.ts';
export { inOurNames, inTheirNames, type RenameRule, type RenameTable } from './checkpoints/rename.ts';
export {
  ALL_PREVIOUS,
  DIALECTS,
  type Dialect,
  type DialectModel,
  type DialectName,
  type DialectSizes,
  flamingoMini,
  flamingoPytorch,
  idefics,
  inDialect,
  openFlamingo,
  paper,
} from './config/dialects.ts';
export { flamingoFromFlamingoMini, flamingoFromIdefics } from './config/flamingo-config.ts';
export { languageModelFromHuggingFace, languageModelKind, visionFromHuggingFace } from './config/hugging-face.ts';
export { ConfigError, formatConfig, parseConfig } from './config/json.ts';
export { PAPER_MODELS, type PaperModel } from './config/paper-models.ts';
export { countParameters, type ParameterCount, type ParameterTree, parameterTree } from './config/parameter-count.ts';
export { type ModelConfig, shippedConfig, type VocabularyFacts } from './config.ts';
export { type CrossAttentionConfig, Flamingo, type FlamingoConfig, type FlamingoInputs } from './flamingo.ts';
export {
  GatedCrossAttention,
  type GatedCrossAttentionConfig,
  MaskedCrossAttention,
  type MediaKeyValues,
} from './gated-cross-attention.ts';
export { generate } from './generate.ts';
export {
  type Decoder,
  Decoding,
  type DecodingInputs,
  type DecodingPrompt,
  type GeneratedImages,
} from './generation/decoding.ts';
export type { Generated, GenerationOptions } from './generation/options.ts';
export { logLikelihoods } from './generation/rank.ts';
export { readFrames } from './image/frames.ts';
export { writePicture } from './image/writer.ts';
export {
  type Picture,
  PictureError,
  PREPROCESSING_STYLES,
  type Preprocessing,
  preprocess,
  readPicture,
} from './image.ts';
export { type LabelRule, labelsOf, NO_LABEL } from './labels.ts';
export { LanguageModel, type LanguageModelConfig, type LanguageModelInputs } from './language-model.ts';
export {
  EXPORT_FORMATS,
  ExportError,
  type Exported,
  type ExportedFiles,
  type ExportFormat,
  exportFiles,
} from './load/export-formats.ts';
export { loadGatedBlock, loadResampler, type ModuleLoadOptions } from './load/modules.ts';
export type { ModelParts } from './load/open-model.ts';
export { LoadError } from './load/shapes.ts';
export { readWeights, WeightsError, type WeightsSource, weightsSource, writeWeights } from './load/weights.ts';
export {
  type ConfigOverrides,
  type FlamingoLoadOptions,
  type OpenedFlamingo,
  type OpenOptions,
  openFlamingoFiles,
  type PartSource,
  type WeightsPlace,
} from './load.ts';
export {
  type MediaMask,
  type MediaMaskOptions,
  type MediaMaskRules,
  mediaMask,
  mediaSeen,
  mediaSeenAfter,
} from './media-mask.ts';
export { type LoadOptions, load, Model, type PictureSource } from './model.ts';
export {
  PerceiverAttention,
  PerceiverResampler,
  type PerceiverResamplerConfig,
  ResamplerLayer,
} from './perceiver-resampler.ts';
export {
  type GenerateOptions,
  type Prompt,
  PromptError,
  type PromptItem,
  type PromptLimits,
  parsePrompt,
  type TokenisedPrompt,
  tokenise,
} from './prompt.ts';
export { cosineSimilarity, selectShots } from './rices.ts';
export { type Captured, type NextToken, Run } from './taps/captured.ts';
export type { Change, Edit, PatchValues } from './taps/edit.ts';
export type { GradientRequest, Objective } from './taps/objective.ts';
export { EditError, type Where } from './taps/region.ts';
export {
  BudgetError,
  DEFAULT_BUDGET,
  type RunInputs,
  type RunOptions,
  runFlamingo,
  type Words,
} from './taps/run.ts';
export { runSteps, type StepOptions } from './taps/steps.ts';
export type { TapEntry } from './taps/tap-entry.ts';
export { type PromptSizes, type TapShape, tapShapes, tapShapesOf } from './taps/tap-shapes.ts';
export { axesOf, TAPS, type TapName, type TapPattern, type TapQuery, tapOf } from './taps/taps.ts';
export type { AlibiPositions, LearnedPositions, PositionConfig, RotaryPositions } from './text-positions.ts';
export { type LanguageModelTokenizer, readTokenizerFiles, type TokenizerFiles } from './tokenizer/files.ts';
export { type AddedToken, byteLevelTokenizerJson, parseTokenizerJson, type TokenizerJson } from './tokenizer/json.ts';
export {
  flamingoMiniTokens,
  ideficsTokens,
  type NamedTokens,
  openFlamingoTokens,
  readNamedTokens,
} from './tokenizer/setups.ts';
export {
  type SpecialIds,
  TextTokenizer,
  Tokenizer,
  TokenizerError,
  type TokenizerSetup,
  type TokenRoles,
} from './tokenizer.ts';
export {
  type LayerLayout,
  TransformerLayer,
  type TransformerLayerConfig,
} from './transformer-layer.ts';
export { patchGrid, VisionEncoder, type VisionEncoderConfig, type VisionFeatures } from './vision-encoder.ts';
