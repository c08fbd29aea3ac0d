/**
 * The state in a link: `#p=@flamingo~dax*~@trumpet~wug*~@flamingo-2&g=3d-.4,2a0&lang=ko`. Readable where it can be, and
 * checked when it is read: whatever does not fit is left out and named, never an error.
 */

import {
  type Attend,
  CONTROLS,
  type Control,
  type Gate,
  gateName,
  type Item,
  isLatents,
  isPicture,
  type Lang,
  type Lens,
  MOST_ITEMS,
  MOST_LESSONS,
  MOST_STEPS,
  type PageEdit,
  type Place,
  type Request,
  type State,
  type Teach,
  type Weights,
} from './state.ts';

const LENSES: readonly Lens[] = ['looked', 'compare', 'training'];
const MOST_EDITS = 32;
const MOST_TEXT = 400;
const MOST_WORD = 40;
export const TOUR_STEPS = 6;
const END = '<EOC>';

/** How an own picture is written: whole, or by a short name that only this browser understands. */
export type OwnName = (own: string) => string;

const whole: OwnName = (own) => `@@${own}`;

/** The text after `#`; nothing of what is as in `base`. */
export function write(state: State, base: State, own: OwnName = whole): string {
  const parts: [string, string][] = [...requestParts(state, base, '', own)];
  if (state.b) parts.push(['b', '1'], ...requestParts(state.b, { ...base, prompt: state.prompt }, 'b', own));
  if (state.at) parts.push(['at', writePlace(state.at)]);
  if (state.token !== null) parts.push(['tok', String(state.token)]);
  if (state.image !== null) parts.push(['img', String(state.image)]);
  if (state.head !== null) parts.push(['head', String(state.head)]);
  if (state.lens) parts.push(['lens', state.lens]);
  if (state.step !== null) parts.push(['step', String(state.step)]);
  if (state.teach) parts.push(['teach', writeTeach(state.teach, own)]);
  if (state.tour !== null) parts.push(['tour', String(state.tour)]);
  if (state.lang !== base.lang) parts.push(['lang', state.lang]);
  if (state.hide.length > 0) parts.push(['hide', state.hide.join(',')]);
  return parts.map(([key, value]) => `${key}=${value}`).join('&');
}

function requestParts(request: Request, base: Request, prefix: string, own: OwnName): [string, string][] {
  const parts: [string, string][] = [];
  const gates = request.edits.flatMap((edit) => gatePart(edit) ?? []);
  const latents = request.edits.flatMap((edit) => (isLatents(edit) ? `${edit.latents.to}-${edit.latents.from}` : []));
  const others = request.edits.filter((edit) => !isLatents(edit) && gatePart(edit) === null);
  if (JSON.stringify(request.prompt) !== JSON.stringify(base.prompt))
    parts.push(['p', writePrompt(request.prompt, own)]);
  if (gates.length > 0) parts.push(['g', gates.join(',')]);
  if (latents.length > 0) parts.push(['x', latents.join(',')]);
  if (others.length > 0) parts.push(['e', encode(JSON.stringify(others))]);
  if (request.attend !== 'latest') parts.push(['m', request.attend]);
  if (request.weights !== 'shipped') parts.push(['w', String(request.weights)]);
  return parts.map(([key, value]) => [prefix + key, value]);
}

function gatePart(edit: PageEdit): string | null {
  if (isLatents(edit) || edit.where !== undefined || !('set' in edit)) return null;
  const [, layer, gate] = /^xattn\.(\d+)\.gate\.(attention|dense)$/.exec(edit.at) ?? [];
  return layer === undefined ? null : `${layer}${gate?.[0]}${edit.set}`;
}

const writePlace = (at: Place): string =>
  'room' in at ? `room:${at.room}` : `tap:${at.tap}${at.cell ? `:${at.cell.join('.')}` : ''}`;

/** `20,0,7:@panda~panda~@rocket~rocket`: steps, alpha, seed, and each picture with its word. */
function writeTeach({ steps, alpha, seed, lessons }: Teach, own: OwnName): string {
  const items = lessons.flatMap(({ item, text }): Item[] => [item, { text }]);
  return `${steps},${alpha},${seed}:${writePrompt(items, own)}`;
}

function writePrompt(prompt: readonly Item[], own: OwnName): string {
  return prompt
    .map((item) => {
      if ('picture' in item) return `@${encode(item.picture)}`;
      if ('own' in item) return own(item.own);
      return item.text.split(END).map(encode).join('*');
    })
    .join('~');
}

const encode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[~*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', '%20'));

export interface ReadOptions {
  /** Pictures that come with the page. */
  readonly pictures: readonly string[];
  /** Bytes of an own picture. */
  readonly ownBytes: number;
  /** Tells whether the model has such a tap. */
  readonly hasTap: (name: string) => boolean;
  /** An own picture that the link only names, where this browser still has it. */
  readonly kept?: (name: string) => string | undefined;
  /** Told of each that it has not; the picture is left out. */
  readonly missed?: (name: string) => void;
}

/** In place of an own picture that does not travel in the link: its short name. */
export const ABSENT = '@!';

/** What a link says, and what in it was left out. Any text gives a state. */
export function read(hash: string, base: State, known: ReadOptions): { state: State; ignored: string[] } {
  const ignored: string[] = [];
  const options = { ...known, missed: (name: string) => void ignored.push(shortened(`${ABSENT}${name}`)) };
  const given = new Map<string, string>();
  for (const part of hash.replace(/^#/, '').split('&')) {
    if (part === '') continue;
    const cut = part.indexOf('=');
    const key = cut < 0 ? part : part.slice(0, cut);
    if (KEYS.has(key) && !given.has(key) && cut > 0) given.set(key, part.slice(cut + 1));
    else ignored.push(shortened(part));
  }
  const taken = <T>(key: string, other: T, parse: (text: string) => T | undefined): T => {
    const text = given.get(key);
    if (text === undefined) return other;
    let value: T | undefined;
    try {
      value = parse(text);
    } catch {} // a broken escape or JSON
    if (value === undefined) ignored.push(shortened(`${key}=${text}`));
    return value ?? other;
  };
  const request = (prefix: string, from: Request): Request => {
    const prompt = taken(`${prefix}p`, from.prompt, (text) => readPrompt(text, options));
    const pictures = prompt.filter(isPicture).length;
    const edits = [
      ...taken<PageEdit[]>(`${prefix}g`, [], (text) => readGates(text, options)),
      ...taken<PageEdit[]>(`${prefix}x`, [], (text) => readLatents(text, pictures)),
      ...taken<PageEdit[]>(`${prefix}e`, [], (text) => readEdits(text, options)),
    ];
    return {
      prompt,
      edits,
      attend: taken<Attend>(`${prefix}m`, 'latest', oneOf(['latest', 'previous'])),
      weights: taken<Weights>(`${prefix}w`, 'shipped', readWeights),
    };
  };
  const a = request('', base);
  const b = given.has('b') ? request('b', { ...base, prompt: a.prompt }) : null;
  const state: State = {
    ...a,
    b,
    at: taken<Place | null>('at', null, (text) => readPlace(text, options)),
    token: taken<number | null>('tok', null, wholeNumber(512)),
    image: taken<number | null>('img', null, wholeNumber(MOST_ITEMS)),
    head: taken<number | null>('head', null, wholeNumber(64)),
    lens: taken<Lens | null>('lens', null, oneOf(LENSES)),
    step: taken<number | null>('step', null, wholeNumber(1_000_000)),
    teach: taken<Teach | null>('teach', null, (text) => readTeach(text, options)),
    tour: taken<number | null>('tour', null, wholeNumber(TOUR_STEPS)),
    lang: taken<Lang>('lang', base.lang, oneOf(['en', 'ko'])),
    hide: taken<readonly Control[]>('hide', [], readHidden),
  };
  return { state, ignored };
}

const KEYS = new Set(
  ['p', 'g', 'x', 'e', 'm', 'w']
    .flatMap((key) => [key, `b${key}`])
    .concat('b', 'at', 'tok', 'img', 'head', 'lens', 'step', 'teach', 'tour', 'lang', 'hide'),
);

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

const oneOf =
  <T extends string>(values: readonly T[]) =>
  (text: string): T | undefined =>
    values.find((value) => value === text);

const wholeNumber =
  (below: number) =>
  (text: string): number | undefined =>
    /^\d{1,6}$/.test(text) && Number(text) < below ? Number(text) : undefined;

const readWeights = (text: string): Weights | undefined => (text === 'here' ? 'here' : wholeNumber(1_000_000)(text));

function readTeach(text: string, options: ReadOptions): Teach | undefined {
  const [, steps, alpha, seed, rest] = /^(\d{1,4}),(\d(?:\.\d{1,3})?),(\d{1,6}):(.+)$/s.exec(text) ?? [];
  const items = rest === undefined ? undefined : readPrompt(rest, options);
  if (!items || Number(steps) > MOST_STEPS || items.length < 2 || items.length % 2 > 0) return undefined;
  const lessons: Teach['lessons'][number][] = [];
  for (let i = 0; i < items.length; i += 2) {
    const [item, word] = [items[i], items[i + 1]];
    if (!item || !word || !isPicture(item) || isPicture(word)) return undefined;
    if (word.text.length > MOST_WORD) return undefined;
    lessons.push({ item, text: word.text });
  }
  if (lessons.length > MOST_LESSONS) return undefined;
  return { steps: Number(steps), alpha: Number(alpha), seed: Number(seed), lessons };
}

function readPrompt(text: string, { pictures, ownBytes, kept, missed }: ReadOptions): Item[] | undefined {
  const items: Item[] = [];
  for (const part of text.split('~')) {
    if (part.startsWith(ABSENT) || part.startsWith('@@')) {
      const own = part.startsWith('@@') ? part.slice(2) : kept?.(part.slice(2));
      if (own === undefined) {
        missed?.(part.slice(2));
        continue;
      }
      if (!/^[\w-]*$/.test(own) || own.length !== Math.ceil((ownBytes * 4) / 3)) return undefined;
      items.push({ own });
    } else if (part.startsWith('@')) {
      const picture = decode(part.slice(1));
      if (!pictures.includes(picture)) return undefined;
      items.push({ picture });
    } else {
      const words = part.split('*').map(decode).join(END);
      if (words.length > MOST_TEXT) return undefined;
      items.push({ text: words });
    }
  }
  return items.length > MOST_ITEMS ? undefined : items;
}

function readGates(text: string, { hasTap }: ReadOptions): PageEdit[] | undefined {
  const edits = text.split(',').map((part): PageEdit | undefined => {
    const [, layer, letter, value] = /^(\d{1,3})([ad])(-?\d*\.?\d+(?:e-?\d+)?)$/.exec(part) ?? [];
    const at = gateName(Number(layer), (letter === 'a' ? 'attention' : 'dense') satisfies Gate);
    if (layer === undefined || !hasTap(at)) return undefined;
    return { at, set: Math.max(-1, Math.min(1, Number(value))) };
  });
  return complete(edits);
}

function readLatents(text: string, pictures: number): PageEdit[] | undefined {
  return complete(
    text.split(',').map((part): PageEdit | undefined => {
      const [, to, from] = /^(\d{1,2})-(\d{1,2})$/.exec(part) ?? [];
      if (to === undefined || Number(to) >= pictures || Number(from) >= pictures) return undefined;
      return { latents: { from: Number(from), to: Number(to) } };
    }),
  );
}

/** Reads edits that a page may ask for; the run says whether one fits its tap. */
function readEdits(text: string, { hasTap }: ReadOptions): PageEdit[] | undefined {
  const edits: unknown = JSON.parse(decode(text));
  if (!Array.isArray(edits)) return undefined;
  const fits = (value: unknown): boolean => Number.isInteger(value) || (Array.isArray(value) && value.every(fits));
  return complete(
    edits.map((edit: unknown): PageEdit | undefined => {
      if (typeof edit !== 'object' || edit === null) return undefined;
      const { at, where, ...change } = edit as Record<string, unknown>;
      const [[key, value] = [], ...more] = Object.entries(change);
      const known =
        more.length === 0 &&
        (key === 'zero' ? value === true : ['set', 'scale', 'add'].includes(String(key)) && Number.isFinite(value));
      const placed = where === undefined || (isRecord(where) && Object.values(where).every(fits));
      return typeof at === 'string' && hasTap(at) && known && placed ? (edit as PageEdit) : undefined;
    }),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function complete(edits: readonly (PageEdit | undefined)[]): PageEdit[] | undefined {
  const known = edits.filter((edit) => edit !== undefined);
  return known.length === edits.length && known.length <= MOST_EDITS ? known : undefined;
}

function readPlace(text: string, { hasTap }: ReadOptions): Place | undefined {
  const [, kind, name, cell] = /^(room|tap):([\w.]+)(?::(\d{1,5}(?:\.\d{1,5}){0,5}))?$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  if (kind === 'tap' ? !hasTap(name) : cell !== undefined) return undefined;
  if (kind === 'tap') return cell === undefined ? { tap: name } : { tap: name, cell: cell.split('.').map(Number) };
  const room = /^(vision|resampler|xattn\.\d+|lm\.layers\.\d+)$/.test(name);
  return room && (hasTap(`${name}.residual.post`) || hasTap(`${name}.out`)) ? { room: name } : undefined;
}

function readHidden(text: string): Control[] | undefined {
  const names = text.split(',');
  const known = CONTROLS.filter((control) => names.includes(control));
  return known.length === names.length ? known : undefined;
}
