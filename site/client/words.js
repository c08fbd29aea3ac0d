/** How pages are cut for the search, and questions: Korean words by their syllables two at a time, without particles. */

const PARTICLES =
  /(에서는|에서도|으로는|에게는|까지는|부터는|이라는|인가요|이에요|이란|라는|란|에서|에게|으로|까지|부터|처럼|보다|마다|하고|이나|이고|이면|예요|인지|은|는|이|가|을|를|의|에|로|와|과|도|만|나)$/;

/** @param {string} text */
const split = (text) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

/** @param {string} word the runs of Hangul in it, two syllables at a time */
const pairs = (word) =>
  (word.match(/[가-힣]+/g) ?? []).flatMap((run) =>
    run.length < 2 ? [run] : Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2)),
  );

/**
 * The words of a page; a Korean word comes in pairs.
 * @param {string} text
 */
export function wordsOf(text) {
  return split(text).flatMap((word) => {
    const pieces = pairs(word);
    return pieces.length === 0 ? [word] : [...new Set([...pieces, ...(word.match(/[a-z0-9]+/g) ?? [])])];
  });
}

/** @param {string} word a Korean word without its particle, where two syllables are left */
function stem(word) {
  const short = word.replace(PARTICLES, '');
  return /[가-힣]$/.test(word) && short.length >= 2 ? short : word;
}

/**
 * What a question asks for.
 * @param {string} question
 * @param {Readonly<Record<string, readonly string[]>>} synonyms what others say -> what the pages say
 * @returns {string[][]} pieces of the question, and those of each other way to say it
 */
export function askedFor(question, synonyms = {}) {
  const said = split(question).map(stem).join(' ');
  const close = (/** @type {string} */ text) => text.replaceAll(' ', '');
  const same = Object.entries(synonyms).flatMap(([from, to]) => {
    const at = close(said).includes(close(split(from).join(' ')));
    return at && close(from).length > 1 ? to : [];
  });
  return [said, ...same].map((text) => [
    ...new Set(
      split(text).flatMap((word) => {
        const pieces = pairs(word);
        return pieces.length === 0 ? [word] : [...pieces, ...(word.match(/[a-z0-9]+/g) ?? [])];
      }),
    ),
  ]);
}

/** A hit has most of the pieces of the question. */
export const MOST = 0.6;

/** What the index keeps and how it weighs, alike where it is made and where it is asked. */
export const INDEX = {
  fields: ['title', 'page', 'text'],
  storeFields: ['title', 'page', 'address', 'weight'],
  tokenize: wordsOf,
};

/**
 * Sections that a question finds, best first.
 * @param {readonly { search(query: string, options: object): any[] }[]} indexes
 * @param {string} question
 * @param {Readonly<Record<string, readonly string[]>>} synonyms
 */
export function find(indexes, question, synonyms) {
  /** @type {Map<string, any>} */
  const found = new Map();
  for (const pieces of askedFor(question, synonyms)) {
    if (pieces.length === 0) continue;
    const options = {
      tokenize: () => pieces,
      combineWith: 'OR',
      prefix: (/** @type {string} */ term) => term.length > 1,
      fuzzy: (/** @type {string} */ term) => (/[가-힣]/.test(term) || term.length < 5 ? 0 : 0.2),
      boost: { title: 5, page: 2, text: 1 },
      boostDocument: (/** @type {string} */ _id, /** @type {string} */ _term, /** @type {any} */ kept) => kept.weight,
      filter: (/** @type {any} */ hit) => hit.queryTerms.length >= MOST * pieces.length,
    };
    for (const hit of indexes.flatMap((index) => index.search(pieces.join(' '), options))) {
      // All of the question is worth more than a piece of it many times.
      const score = hit.score * (hit.queryTerms.length / pieces.length) ** 2;
      if (score > (found.get(hit.address)?.score ?? 0)) found.set(hit.address, { ...hit, score });
    }
  }
  return [...found.values()].sort((a, b) => b.score - a.score);
}
