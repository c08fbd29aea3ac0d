/** The parts of a tokenizer.json around its model: the library that runs them passes over what it doesn't know. */

/** Tells of the first place that does not fit: where it is, and what is expected. */
export type Refuse = (where: string, expected: string) => never;

/** What a part that runs others in a row calls their list. */
const LISTS: Readonly<Record<string, string>> = {
  normalizer: 'normalizers',
  pre_tokenizer: 'pretokenizers',
  post_processor: 'processors',
  decoder: 'decoders',
};
/** Rows within rows beyond this are a mistake. */
const DEEPEST = 16;

/**
 * Checks a part and those within it: what the library would fail on later, or pass over so that other tokens come out.
 * @param kind the key of the file under which it stands: `normalizer`, `decoder`
 */
export function checkPart(part: object, kind: string, refuse: Refuse, where: string = kind, depth = 0): void {
  const { type, ...given } = part as Record<string, unknown>;
  if (typeof type !== 'string') refuse(`${where}.type`, 'a text');
  if (depth > DEEPEST) refuse(where, `at most ${DEEPEST} parts within one another`);
  if (type === 'Sequence') {
    const list = LISTS[kind] as string;
    const parts = given[list];
    if (!Array.isArray(parts)) refuse(`${where}.${list}`, 'a list');
    for (const [i, inner] of (parts as unknown[]).entries()) {
      const place = `${where}.${list}[${i}]`;
      if (typeof inner !== 'object' || inner === null) refuse(place, 'an object');
      checkPart(inner, kind, refuse, place, depth + 1);
    }
  }
  const name = type === 'Strip' && kind === 'decoder' ? 'strips of a decoder' : type;
  for (const [key, [fits, expected]] of Object.entries(FORMS[name as string] ?? {}))
    if (!fits(given[key], given)) refuse(`${where}.${key}`, expected);
}

type Form = readonly [fits: (value: unknown, part: Record<string, unknown>) => boolean, expected: string];

const isText = (value: unknown): value is string => typeof value === 'string';
const within = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const text: Form = [isText, 'a text'];
const count: Form = [(value) => Number.isSafeInteger(value) && (value as number) >= 0, 'a whole number from 0'];
const pattern: Form = [
  (value) => isText(within(value).String) || isText(within(value).Regex),
  '{"String": a text} or {"Regex": a text}',
];
const named: Form = [(value) => Array.isArray(value) && isText(value[0]), 'a list of a token and its id'];
const template: Form = [
  (value) =>
    Array.isArray(value) &&
    value.every(
      (item) => isText(within(within(item).SpecialToken).id) || /^[AB]$/.test(String(within(within(item).Sequence).id)),
    ),
  'a list of {"SpecialToken": ..} and {"Sequence": ..}',
];

/** By the type of a part. */
const FORMS: Readonly<Record<string, Readonly<Record<string, Form>>>> = {
  Replace: { pattern, content: text },
  Prepend: { prepend: text },
  Split: {
    pattern,
    behavior: [
      (value, { invert }) => value === 'Removed' || (value === 'Isolated' && invert !== true),
      'Removed, or Isolated without invert',
    ],
    invert: [(value) => value === undefined || typeof value === 'boolean', 'true or false'],
  },
  Punctuation: { behavior: [(value) => value === 'Contiguous', 'Contiguous'] },
  TemplateProcessing: { single: template },
  BertProcessing: { sep: named, cls: named },
  RobertaProcessing: { sep: named, cls: named },
  'strips of a decoder': { content: text, start: count, stop: count },
};
