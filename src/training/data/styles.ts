/** Styles that training sees, in a fixed order. */
export const TRAINING_STYLES = ['noto', 'twemoji', 'fluent3d', 'fluentFlat', 'blobs'] as const;

/** The style that only evaluation sees. */
export const HELD_STYLE = 'emojione';

/** The training style that is left out when choices are made on the development set. */
export const DEVELOPMENT_STYLE: TrainingStyle = 'twemoji';

/** That style, and its older drawings: what a development run does not see. */
export const DEVELOPMENT_HIDDEN: readonly string[] = [DEVELOPMENT_STYLE, `${DEVELOPMENT_STYLE}2017`];

export type TrainingStyle = (typeof TRAINING_STYLES)[number];
export type Style = TrainingStyle | typeof HELD_STYLE;

export const STYLES: readonly Style[] = [...TRAINING_STYLES, HELD_STYLE];

/** Identifies one picture: a concept in a style. */
export function pictureKey(concept: string, style: string): string {
  return `${style}/${concept}`;
}
