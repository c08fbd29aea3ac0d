/** Numbers as figures write them. */

const MINUS = '\u2212';

/** Three digits after the point, with a sign: +0.372, −0.156, 0.000 */
export function signed(value: number, digits = 3): string {
  const text = plain(Math.abs(value), digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? MINUS : '+') + text;
}

/** So many digits after the point: 0.372, −0.156 */
export function plain(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value < 0 ? `${MINUS}∞` : '∞';
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** 0.8512 -> 85.1% */
export function percent(probability: number): string {
  return `${plain(probability * 100, 1)}%`;
}

/** Three digits that count: 0.0163, −1.07, 1.2e-7 */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return plain(value);
  const text = String(Number(Math.abs(value).toPrecision(3)));
  return value < 0 ? MINUS + text : text;
}
