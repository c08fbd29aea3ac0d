/** Korean particles, which follow how the word before them ends. */

/** What a word ends on when it is read aloud: a vowel, the consonant ㄹ (l), or another consonant. */
type Ending = 'vowel' | 'l' | 'consonant';

function ending(text: string): Ending {
  const word = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}%]+$/u, '');
  const last = word.charCodeAt(word.length - 1);
  if (last >= 0xac00 && last <= 0xd7a3) {
    const final = (last - 0xac00) % 28; // 0 none, 8 ㄹ
    return final === 0 ? 'vowel' : final === 8 ? 'l' : 'consonant';
  }
  if (/[178l]$|le$/.test(word)) return 'l'; // 일, 칠, 팔; 스네일, 터틀
  // 영, 삼, 육; and as foreign words are written: 캣, 컵, 북, 폰 keep the stop of a short last syllable, 워그 and 버스 gain a vowel.
  return /[036mn]$|[aeiou](?:ng|[mn]e)$|(^|[^aeiou])[aeiou](?:[pt]|c?k)$/.test(word) ? 'consonant' : 'vowel';
}

/** Particles behind a consonant, and the same behind a vowel. */
const PARTICLES = [
  ...(['이라는 라는', '이라고 라고', '이라야 라야', '이에요 예요', '으로 로'] as const),
  ...(['은 는', '이 가', '을 를', '과 와'] as const),
].map((pair) => pair.split(' ') as [consonant: string, vowel: string]);

/** A particle, in either form, where a word has just ended; the word's quotation marks and brackets may close first. */
const BEHIND = new RegExp(`^([\\]'"”’)]*)(${PARTICLES.flat().join('|')})(?![가-힣])`);

function formFor(word: string, particle: string): string {
  const [consonant, vowel] = PARTICLES.find((pair) => pair.includes(particle)) ?? [particle, particle];
  const end = ending(word);
  return end === 'vowel' || (end === 'l' && vowel === '로') ? vowel : consonant;
}

/** “고양이”라는, “곰”이라는 */
export const called = (text: string): string => formFor(text, '라는');

/** “고양이”라고, “곰”이라고 */
export const quoting = (text: string): string => formFor(text, '라고');

/** 로 behind a vowel and ㄹ, 으로 behind other consonants. */
export const into = (text: string): string => formFor(text, '로');

/** “고양이”와, “곰”과 */
export const together = (text: string): string => formFor(text, '와');

/** What stands behind a word, its particle in the form that the word asks for: behind 곰, `'라는 이름` is `'이라는 이름`. */
export const behind = (word: string, text: string): string =>
  text.replace(BEHIND, (_, closing: string, particle: string) => `${closing}${formFor(word, particle)}`);

/** A template whose particles fit the values before them: fitted`'${name}'라는 값은 없어요` */
export const fitted = ([first = '', ...rest]: TemplateStringsArray, ...values: readonly (string | number)[]): string =>
  rest.reduce((text, part, i) => `${text}${values[i]}${behind(String(values[i]), part)}`, first);
