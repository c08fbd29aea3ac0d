export { mediaSeen, mediaSeenAfter } from './flamingo/dialects/documents.ts';
export type { MediaMaskRules } from './flamingo/dialects/sight.ts';
export { type CrossAttentionConfig, Flamingo, type FlamingoConfig, type FlamingoInputs } from './flamingo/flamingo.ts';
export {
  type BlockGates,
  type BlockMemory,
  GatedCrossAttention,
  type GatedCrossAttentionConfig,
  MaskedCrossAttention,
  type MediaMemory,
} from './flamingo/gated-cross-attention.ts';
export { generate } from './flamingo/generate.ts';
export {
  type Decoder,
  Decoding,
  type DecodingInputs,
  type DecodingParts,
  type DecodingPrompt,
  type GeneratedImages,
  type ReadPrompt,
} from './flamingo/generation/decoding.ts';
export type { Generated, GenerateOptions, GenerationOptions } from './flamingo/generation/options.ts';
export { logLikelihoods } from './flamingo/generation/rank.ts';
export { type LabelRule, labelsOf, NO_LABEL } from './flamingo/labels.ts';
export {
  type BetweenLayers,
  LanguageModel,
  type LanguageModelCache,
  type LanguageModelConfig,
  type LanguageModelInputs,
} from './flamingo/language-model.ts';
export { type MediaMask, type MediaMaskOptions, mediaMask } from './flamingo/media-mask.ts';
export {
  PerceiverAttention,
  PerceiverResampler,
  type PerceiverResamplerConfig,
  ResamplerLayer,
} from './flamingo/perceiver-resampler.ts';
export { cosineSimilarity, selectShots } from './flamingo/rices.ts';
export type { AlibiPositions, LearnedPositions, PositionConfig, RotaryPositions } from './flamingo/text-positions.ts';
export {
  type LayerInputs,
  type LayerLayout,
  TransformerLayer,
  type TransformerLayerConfig,
} from './flamingo/transformer-layer.ts';
export { patchGrid, VisionEncoder, type VisionEncoderConfig, type VisionFeatures } from './flamingo/vision-encoder.ts';
export { Answer, type AnswerParts, type LikelyAnswer, type RankedCandidate } from './model/answer.ts';
export { ConfigError, formatConfig, parseConfig } from './model/config/json.ts';
export { type ModelConfig, shippedConfig, type VocabularyFacts } from './model/config.ts';
export { readFrames } from './model/image/frames.ts';
export type { Filter } from './model/image/resample.ts';
export { loadFrames, loadPicture, type PictureSource, type PixelRows } from './model/image/source.ts';
export { writePicture } from './model/image/writer.ts';
export {
  type Picture,
  PictureError,
  PREPROCESSING_STYLES,
  type Preprocessing,
  type PreprocessingStyle,
  preprocess,
  readPicture,
} from './model/image.ts';
export { latest } from './model/latest.ts';
export { Model } from './model/model.ts';
export { type AnswerOptions, Prepared, type PrepareOptions, type PromptInputs } from './model/prepared.ts';
export {
  type MediaItem,
  type PictureItem,
  type PicturePrompt,
  type Prompt,
  PromptError,
  type PromptItem,
  type PromptLimits,
  type PromptTokenizer,
  type PromptWords,
  parsePrompt,
  requirePictures,
  type TokenisedPrompt,
  tokenise,
  type VideoItem,
} from './model/prompt.ts';
export { SharedBeginning } from './model/shared-beginning.ts';
export type { RankedLabel } from './model/text-tower.ts';
export {
  type LanguageModelTokenizer,
  type NamedTokens,
  readNamedTokens,
  readTokenizerFiles,
  type TokenizerFiles,
} from './model/tokenizer/files.ts';
export {
  type AddedToken,
  byteLevelTokenizerJson,
  parseTokenizerJson,
  type TokenizerJson,
  type TokenizerModel,
} from './model/tokenizer/json.ts';
export {
  type SpecialIds,
  TextTokenizer,
  Tokenizer,
  TokenizerError,
  type TokenizerSetup,
  type TokenRoles,
} from './model/tokenizer.ts';
export { Captured, type LikelyToken, NextToken, type NextTokenParts, Run, type RunResults } from './runs/captured.ts';
export type { Change, Edit, PatchValues } from './runs/edit.ts';
export type { GateValues } from './runs/gates.ts';
export type { GradientRequest, Objective } from './runs/objective.ts';
export { EditError, type Where } from './runs/region.ts';
export {
  BudgetError,
  DEFAULT_BUDGET,
  type RunInputs,
  type RunOptions,
  runFlamingo,
} from './runs/run.ts';
export { runSteps, type StepOptions } from './runs/steps.ts';
export type { TapEntry } from './runs/tap-entry.ts';
export { type PromptSizes, type TapShape, tapShapes, tapShapesOf } from './runs/tap-shapes.ts';
export { axesOf, TAPS, type TapName, type TapPattern, type TapQuery, tapOf } from './runs/taps.ts';
export type { TokenText } from './runs/token-text.ts';
export type { Language, Worded } from './runs/worded.ts';
export { languageModelFromHuggingFace, languageModelKind, visionFromHuggingFace } from './zoo/config/hugging-face.ts';
export { flamingoFromFlamingoMini, flamingoFromIdefics } from './zoo/config/public-flamingos.ts';
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
} from './zoo/dialects.ts';
export {
  EXPORT_FORMATS,
  ExportError,
  type Exported,
  type ExportedFiles,
  type ExportFormat,
  exportFiles,
} from './zoo/export-formats.ts';
export { type LoadOptions, load, type ModelLocation, SHIPPED } from './zoo/load.ts';
export { huggingFaceClip, openAiClip } from './zoo/names/clip.ts';
export { type FlamingoMiniPlace, flamingoMiniNames } from './zoo/names/flamingo-mini.ts';
export { type IdeficsPlace, ideficsNames } from './zoo/names/idefics.ts';
export {
  type LanguageModelKind,
  type LanguageModelPlace,
  languageModelNames,
  languageModelNamesOf,
} from './zoo/names/language-models.ts';
export { openFlamingoNames, openFlamingoOpt } from './zoo/names/open-flamingo.ts';
export { inOurNames, inTheirNames, type RenameRule, type RenameTable } from './zoo/names/rename.ts';
export { loadGatedBlock, loadResampler, type ModuleLoadOptions } from './zoo/open/modules.ts';
export {
  type ConfigOverrides,
  type FlamingoLoadOptions,
  loadFlamingo,
  type ModelParts,
  type OpenedFlamingo,
  type OpenOptions,
  openFlamingoFiles,
  type PartLocation,
  type WeightsLocation,
} from './zoo/open/open-flamingo-files.ts';
export { WeightsError } from './zoo/open/shapes.ts';
export { readWeights, type WeightsSource, weightsSource, writeWeights } from './zoo/open/weights.ts';
export { PAPER_MODELS, type PaperModel } from './zoo/paper-models.ts';
export { countParameters, type ParameterCount, type ParameterTree, parameterTree } from './zoo/parameter-count.ts';
export {
  flamingoMiniTokens,
  ideficsTokens,
  openFlamingoTokens,
} from './zoo/tokenizer-setups.ts';
