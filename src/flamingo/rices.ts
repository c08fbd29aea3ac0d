/**
 * RICES: shots chosen by how much their pictures look like the query's (paper, appendices A.2 and B.2.1, after Yang
 * et al. 2021): cosine similarity of the vision encoder's features.
 */

import { ArgumentError, requireArray, requireWhole } from '../tensor/errors.ts';

type Features = ArrayLike<number>;

/**
 * sum(a b) / (|a| |b|); 0 when one is 0.
 * @param a numbers that stand for a picture, as `model.features` gives them
 * @param b as many numbers as a
 * @example
 * ```ts
 * cosineSimilarity(Float32Array.of(1, 0), Float32Array.of(1, 1)); // .707
 * ```
 */
export function cosineSimilarity(a: Features, b: Features): number {
  for (const features of [a, b]) requireArray('cosineSimilarity', 'features', features);
  if (a.length !== b.length)
    throw new ArgumentError('cosineSimilarity', `${a.length} and ${b.length} features, expected as many`);
  let [product, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    product += x * y;
    aa += x * x;
    bb += y * y;
  }
  return product === 0 ? 0 : product / Math.sqrt(aa * bb);
}

/**
 * Indices of the `count` pictures most similar to the query, the most similar last: next to the query, where it counts most.
 * @param query features of the picture that is asked about
 * @param support features of the pictures to choose from, as long as the query's
 * @throws ArgumentError when features differ in length, or there are fewer pictures than shots
 * @example
 * ```ts
 * selectShots(Float32Array.of(1, 0), [Float32Array.of(0, 1), Float32Array.of(1, 0)], 1); // [1]: the most similar
 * ```
 */
export function selectShots(query: Features, support: readonly Features[], count: number): number[] {
  for (const list of [query, support]) requireArray('selectShots', 'features', list);
  requireWhole('selectShots', 'the count', count);
  if (count > support.length) throw new ArgumentError('selectShots', `${count} shots of ${support.length} pictures`);
  support.forEach(({ length }, i) => {
    if (length !== query.length)
      throw new ArgumentError('selectShots', `picture ${i} has ${length} features, the query has ${query.length}`);
  });
  const similarity = support.map((features) => cosineSimilarity(query, features));
  return Array.from(support.keys())
    .sort((a, b) => (similarity[b] as number) - (similarity[a] as number))
    .slice(0, count)
    .reverse();
}
