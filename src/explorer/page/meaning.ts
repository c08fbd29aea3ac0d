import type { TextKey } from './texts.en.ts';

/** What kinds of errors mean here; the library then says what was wrong, where, and what was expected. */
export const MEANING: Readonly<Record<string, TextKey>> = {
  PromptError: 'problemPrompt',
  PictureError: 'problemPicture',
  EditError: 'problemEdit',
  RunLogError: 'problemLog',
  ResourceError: 'problemResource',
  WeightsError: 'problemWeights',
  WeightsFileError: 'problemWeights',
  ConfigError: 'problemWeights',
  TokenizerError: 'problemWeights',
  DeviceError: 'problemDevice',
  WorkerError: 'problemWorker',
  NoWorkerError: 'problemNoWorker',
  ViewError: 'problemView',
};
