import { normalise } from './names.ts';

/** Words at the end of an icon's name that tell its drawing, not its thing. */
const STYLE_WORDS: ReadonlySet<string> = new Set(
  (
    'outline outlined fill filled line linear lined solid bold light thin regular duotone twotone tone broken round rounded ' +
    'sharp stroke variant alt alternate mini small large big simple classic duo color colour flat ios md baseline icon emoji symbol'
  ).split(' '),
);

const STOP_WORDS: ReadonlySet<string> = new Set('of the a an with and in on to for from by at s'.split(' '));

/** Families of user interfaces, marks and brands: shapes that mean nothing by their looks. */
const INTERFACE_WORDS: ReadonlySet<string> = new Set(
  (
    'arrow chevron caret angle corner format align alignment text font letter number numeric file folder document doc page paper ' +
    'layout border grid list menu row column sort filter view panel sidebar square circle dot box badge tag tab code data chart ' +
    'graph logo brand add plus minus remove edit check cancel close xmark cross slash off on disable disabled enable question ' +
    'exclamation alert warning info error up down left right top bottom forward backward back next previous first last undo redo ' +
    'refresh sync download upload import export copy paste cut save delete share link unlink user account person people man woman ' +
    'group profile avatar login logout signin signout lock unlock setting settings cog gear slider toggle switch select selection ' +
    'cursor pointer drag move resize expand collapse fullscreen exit enter input output api html css js json xml sql pdf csv ' +
    'video audio volume play pause stop record skip repeat shuffle media wifi bluetooth signal network router server database ' +
    'cloud-upload notification message chat comment bubble mail email inbox send reply call google apple microsoft facebook ' +
    'github gitlab youtube twitter instagram linkedin whatsapp telegram discord slack figma adobe android windows linux react vue angular ' +
    'kanban bookmark flag pin location map marker direction turn merge split branch fork commit pull git bar progress step loading ' +
    'loader spinner percent percentage sum equal math function variable formula regex quote paragraph heading header footer subtitle ' +
    'caption hashtag at zodiac pause stack layer component widget app application dashboard home task todo note memo clip clipboard ' +
    'crop rotate flip mirror blur contrast brightness exposure iso hdr auto manual mode type style theme dark night day week month ' +
    'year calendar event schedule date hour minute second history recent clock time timer transform shape polygon triangle rectangle ' +
    'hexagon octagon pentagon ellipse line curve path vector pattern texture gradient opacity background foreground cell table'
  ).split(' '),
);

/** Names that mean two things. */
const AMBIGUOUS: ReadonlySet<string> = new Set(
  'mouse seal crane cricket window table bat club spade bow orange date jam nail palm pen trunk key bank bass bolt cap chip chop file fan mole organ pitcher pupil spring stamp watch'.split(
    ' ',
  ),
);

/** What icon sets call an emoji, by the words of `iconKey`. */
export const ICON_ALIASES: Readonly<Record<string, string>> = {
  tv: 'television',
  monitor: 'computer',
  desktop: 'computer',
  smartphone: 'phone',
  mobile: 'phone',
  'mobile phone': 'phone',
  automobile: 'car',
  bike: 'bicycle',
  plane: 'airplane',
  'air plane': 'airplane',
  motorbike: 'motorcycle',
  football: 'soccer ball',
  soccer: 'soccer ball',
  'ball basket': 'basketball',
  apple: 'red apple',
  cherry: 'cherries',
  grape: 'grapes',
  burger: 'hamburger',
  donut: 'doughnut',
  'french fry': 'french fries',
  cake: 'birthday cake',
  'cream ice': 'ice cream',
  mug: 'coffee',
  'coffee cup': 'coffee',
  'cup tea': 'tea',
  shirt: 't-shirt',
  eyeglass: 'glasses',
  snow: 'snowflake',
  thunder: 'lightning',
  bee: 'honeybee',
  'cube ice': 'ice',
  rabbit: 'rabbit',
  bunny: 'rabbit',
  'palm tree': 'palm tree',
  'pine tree': 'pine tree',
  truck: 'delivery truck',
  rocket: 'rocket',
  'air balloon hot': 'balloon',
  shoe: 'shoe',
  sneaker: 'running shoe',
  headphone: 'headphone',
};

/**
 * The thing that an icon's name tells, as sorted singular words without style, digits and stop words; null where it tells
 * none (families of user interfaces, names of more than three words, names with two meanings).
 */
export function iconKey(name: string): string | null {
  const words = name.split('-');
  while (words.length > 1 && (STYLE_WORDS.has(words.at(-1) as string) || /^\d+$/.test(words.at(-1) as string)))
    words.pop();
  while (words.length > 1 && STYLE_WORDS.has(words[0] as string)) words.shift();
  const said = words.filter((word) => !STOP_WORDS.has(word) && !/^\d+$/.test(word));
  const known = normalise(said.join(' ')).filter((word) => word !== '');
  if (known.length === 0 || known.length > 3 || said.some((word) => INTERFACE_WORDS.has(word))) return null;
  if (known.some((word) => INTERFACE_WORDS.has(word)) || known.every((word) => word.length < 3)) return null;
  const key = [...new Set(known)].sort().join(' ');
  return AMBIGUOUS.has(key) ? null : key;
}
