export { GATE_TAPS, gateValues } from '../runs/gates.ts';
export {
  type Alteration,
  both,
  changedTap,
  type Part,
  partsOf,
  type TapChange,
  under,
  type Where,
} from './alteration.ts';
export { type AnswerWord, answerWords } from './answer-words.ts';
export {
  type AttentionKey,
  type AttentionMap,
  type AttentionRow,
  crossAttentionMap,
  resamplerAttentionMap,
  selfAttentionMap,
  visionAttentionMap,
} from './attention-map.ts';
export { type CellEquation, cellEquation, cellTaps } from './cell-equation.ts';
export { type Comparison, compareCheckpoints, compareRuns, type Difference, exceeds } from './divergence.ts';
export * from './figures/index.ts';
export { decisiveGate, type GateEffect, type GateEffects, gateEffects } from './gate-effects.ts';
export { CONTRIBUTION_TAPS, type GateContribution, gateContributions } from './gates.ts';
export { type Histogram, histogram, parameterHistograms } from './histogram.ts';
export {
  type LensLayer,
  type LensModel,
  LOGIT_LENS_TAPS,
  type LogitLens,
  type LogitLensOptions,
  logitLens,
  type TokenChance,
} from './logit-lens.ts';
export { type Correction, MISTAKES, type Mistake, type MistakeName } from './mistakes.ts';
export { type OcclusionMap, type OcclusionModel, type OcclusionOptions, occlusionMap } from './occlusion.ts';
export {
  latentPatchShares,
  PATCH_MAP_TAPS,
  type PatchGrid,
  type PatchMap,
  type PatchMapOptions,
  type PatchSpread,
  spreadOf,
  type WordPatchMap,
  wordPatchMap,
} from './patch-map.ts';
export {
  type ForwardProfile,
  type Frame,
  frames,
  type MeasuredOperation,
  ofAllLayers,
  type Profile,
  type ProfileOptions,
  type ProfileRow,
  profile,
  profileRows,
} from './profile.ts';
export { type Recorded, ViewError } from './recorded.ts';
export { reportPage } from './report/page.ts';
export { type Report, type ReportChange, type ReportOptions, type ReportPicture, reportOf } from './report/report.ts';
export { partOf, summariseTap, type TapSummary, tapSummaries } from './tap-summary.ts';
export { TOP_CHANGES_TAPS, type TopChange, type TopChangesOptions, topChanges } from './top-changes.ts';
export { type GateAtStep, gatesThroughTraining } from './training-log.ts';
export { type ImageRibbon, imageRibbon, type TokenSight, WHICH_IMAGE_TAPS } from './which-image.ts';
