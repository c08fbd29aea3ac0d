import type { ConfidenceRow } from '../../training/confidence.ts';
import type { Row } from '../../training/evaluation-rows.ts';
import { measuredLine } from './measured-line.ts';
import type { EvaluateWords } from './words.ts';

/** One row as people read it: what, how much, between which bounds, against what. */
export function rowLine(row: Row, words: EvaluateWords): string {
  const what = [
    words.task(row.task),
    row.language && words.language(row.language),
    row.ways > 0 ? words.ways(row.ways) : null,
    words.shots(row.shots),
    words.shown(row.concepts, row.style),
    words.measure(row.measure),
    row.form && JSON.stringify(row.form),
    row.support === undefined ? null : 'RICES',
  ];
  const { features, pixels } = row.baselines;
  const against = [
    words.chance(row.chance.toFixed(3)),
    features === null ? null : words.nearest(features.toFixed(3), pixels?.toFixed(3) ?? ''),
    row.control && words.control(row.control),
    row.confidence && confidenceText(row.confidence, words),
  ];
  return measuredLine(what, row, against);
}

const confidenceText = ({ before, after, fits }: ConfidenceRow, words: EvaluateWords): string =>
  words.confidence(before.error.toFixed(3), after.error.toFixed(3), after.temperature, fits);
