/** `docs/terms.tsv`: the word that is used for each notion, and what others call it. */

export interface Term {
  readonly english: string;
  readonly korean: string;
  /** What others say; the search finds it, the texts don't use it. */
  readonly also: readonly string[];
}

/** @throws Error when a line has another number of columns than three */
export function termsOf(table: string): Term[] {
  const [, ...lines] = table.trimEnd().split('\n');
  return lines.map((line) => {
    const [english, korean, also, ...rest] = line.split('\t');
    if (!english || !korean || also === undefined || rest.length > 0)
      throw new Error(`docs/terms.tsv: "${line}" has not three columns: English, Korean, also known as`);
    return { english, korean, also: also === '' ? [] : also.split(', ') };
  });
}

/** What a question may say -> what the pages say, in Korean and in English. */
export function synonymsOf(terms: readonly Term[]): Record<string, [korean: string, english: string]> {
  const pairs = terms.flatMap(({ english, korean, also }) =>
    also.map((word) => [word.toLowerCase(), [korean, english]]),
  );
  return Object.fromEntries(pairs) as Record<string, [string, string]>;
}
