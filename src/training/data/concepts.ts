import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CATEGORY_BY_SUBGROUP, type CategoryName, DROPPED, KOREAN_NAMES, NAMES, NOT_DEMO } from './categories.ts';
import { leaks } from './leak-words.ts';
import { normalise } from './names.ts';

/** One thing that has a picture and a name. The English name identifies it. */
export interface Concept {
  readonly name: string;
  readonly korean: string;
  /** Code points of the emoji, lower-case hex joined by `-`, without variation selectors. */
  readonly code: string;
  readonly tags: readonly string[];
  readonly koreanTags: readonly string[];
  readonly group: number;
  readonly subgroup: string;
  /** The kind, for demo concepts; null for those only the vision stage and the knowledge documents use. */
  readonly category: CategoryName | null;
}

interface Entry {
  readonly label: string;
  readonly hexcode: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly subgroup?: number;
}

/** emojibase groups: animals and nature, food and drink, travel and places, activities, objects. */
const GROUPS: ReadonlySet<number> = new Set([3, 4, 5, 6, 7]);

/** "FE0F" asks for colour and is left out by some families. */
export function normaliseCode(code: string): string {
  return code.toLowerCase().replaceAll('-fe0f', '');
}

const withoutFace = (label: string): string => label.replace(/(?<! with) face$/, '');
const withoutKoreanFace = (label: string): string => label.replace(/ 얼굴$/, '');

/** English and Korean entries of one emoji to a concept; null if it is dropped. */
function toConcept(
  english: Entry,
  korean: Entry,
  body: Entry | undefined,
  subgroups: Record<string, string>,
): Concept | null {
  const subgroup = subgroups[String(english.subgroup)] ?? '';
  if (DROPPED.some((pattern) => pattern.test(english.label))) return null;
  const label = withoutFace(english.label).toLowerCase();
  const category = NOT_DEMO.has(label) ? null : (CATEGORY_BY_SUBGROUP[subgroup] ?? null);
  return {
    name: NAMES[label] ?? label,
    korean: KOREAN_NAMES[label] ?? withoutKoreanFace(body?.label ?? korean.label),
    code: normaliseCode(english.hexcode),
    tags: english.tags ?? [],
    koreanTags: korean.tags ?? [],
    group: english.group ?? -1,
    subgroup,
    category,
  };
}

/**
 * Concepts of the five object groups from emojibase's English and Korean data, in emojibase's order.
 * "X face" and "X" are one concept: the face's picture, named "X" in English and as the body in Korean.
 */
function makeConcepts(
  english: readonly Entry[],
  korean: readonly Entry[],
  subgroups: Record<string, string>,
): Concept[] {
  const koreanByCode = new Map(korean.map((entry) => [entry.hexcode, entry]));
  const byLabel = new Map(english.map((entry) => [entry.label, entry]));
  const concepts: Concept[] = [];
  for (const entry of english) {
    if (entry.group === undefined || !GROUPS.has(entry.group) || byLabel.has(`${entry.label} face`)) continue;
    const body = entry.label.endsWith(' face') ? byLabel.get(withoutFace(entry.label)) : undefined;
    const concept = toConcept(
      entry,
      koreanByCode.get(entry.hexcode) ?? entry,
      body && koreanByCode.get(body.hexcode),
      subgroups,
    );
    if (concept) concepts.push(concept);
  }
  return concepts;
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}

/** Reads the concepts from the data folder that `ensureData` filled. */
export async function loadConcepts(folder: string): Promise<Concept[]> {
  const base = join(folder, 'node_modules', 'emojibase-data');
  const [english, korean, meta] = await Promise.all([
    readJson<Entry[]>(join(base, 'en', 'data.json')),
    readJson<Entry[]>(join(base, 'ko', 'data.json')),
    readJson<{ subgroups: Record<string, string> }>(join(base, 'meta', 'groups.json')),
  ]);
  return makeConcepts(english, korean, meta.subgroups);
}

/** A concept that has a kind, and so can be asked about. */
export type DemoConcept = Concept & { readonly category: CategoryName };

export function demoConcepts(concepts: readonly Concept[]): DemoConcept[] {
  return concepts.filter((concept): concept is DemoConcept => concept.category !== null);
}

/** An emoji that is not a concept: a picture without a text. */
export interface OtherEmoji {
  readonly name: string;
  readonly code: string;
}

/** Faces, people, symbols and flags. */
const OTHER_GROUPS: ReadonlySet<number> = new Set([0, 1, 8, 9]);

/** The same picture but for hair or the way it looks. */
const VARIANT = /\b(hair|beard|bald)\b|facing right/;

/** Emoji of the groups that have no concepts, without variants and whatever is called like a held-out concept. */
function makeOtherEmoji(english: readonly Entry[], taken: ReadonlySet<string>): OtherEmoji[] {
  return english
    .filter(({ group }) => group !== undefined && OTHER_GROUPS.has(group))
    .map(({ label, hexcode }) => ({ name: label.toLowerCase(), code: normaliseCode(hexcode) }))
    .filter(({ name }) => !VARIANT.test(name) && !taken.has(name) && !leaks(normalise(name)));
}

/** Reads the other emoji from the data folder that `ensureData` filled. */
export async function loadOtherEmoji(folder: string, concepts: readonly Concept[]): Promise<OtherEmoji[]> {
  const path = join(folder, 'node_modules', 'emojibase-data', 'en', 'data.json');
  return makeOtherEmoji(await readJson<Entry[]>(path), new Set(concepts.map(({ name }) => name)));
}
