/** [largest, mean] difference of 255; colours that full transparency hides do not count. */
export function differenceOf(a: Uint8Array, b: Uint8Array): [largest: number, mean: number] {
  let [largest, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const alpha = i - (i % 4) + 3;
    if (a[alpha] === 0 && b[alpha] === 0) continue;
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    largest = Math.max(largest, difference);
    sum += difference;
  }
  return [largest, sum / a.length];
}
