/** Korean particles, which follow how the word before them ends. */

/** What a word ends on when it is read aloud: a vowel, the consonant ㄹ (l), or another consonant. */
type Ending = 'vowel' | 'l' | 'consonant';

const DIGITS: readonly Ending[] = [
  ...(['consonant', 'l', 'vowel', 'consonant', 'vowel'] as const), // 영 일 이 삼 사
  ...(['vowel', 'consonant', 'l', 'l', 'vowel'] as const), // 오 육 칠 팔 구
];

function ending(text: string): Ending {
  const last = /[\p{L}\p{N}](?=[^\p{L}\p{N}]*$)/u.exec(text.normalize('NFC'))?.[0]?.toLowerCase() ?? '';
  if (last >= '가' && last <= '힣') {
    const final = (last.charCodeAt(0) - 0xac00) % 28; // 0 none, 8 ㄹ
    return final === 0 ? 'vowel' : final === 8 ? 'l' : 'consonant';
  }
  if (last >= '0' && last <= '9') return DIGITS[Number(last)] as Ending;
  if (last === 'l') return 'l';
  // As foreign words are written: 캣, 컵, 북 keep the stop of a short last syllable, 워그 and 버스 gain a vowel.
  return /[mn]$|ng$|(^|[^aeiou])[aeiou](?:[pt]|c?k)$/.test(text.trim().toLowerCase()) ? 'consonant' : 'vowel';
}

const either =
  (consonant: string, vowel: string) =>
  (text: string): string =>
    ending(text) === 'vowel' ? vowel : consonant;

/** “고양이”라는, “곰”이라는 */
export const called: (text: string) => string = either('이라는', '라는');

/** “고양이”라고, “곰”이라고 */
export const quoting: (text: string) => string = either('이라고', '라고');

/** 로 behind a vowel and ㄹ, 으로 behind other consonants. */
export const into = (text: string): string => (ending(text) === 'consonant' ? '으로' : '로');

/** “고양이”와, “곰”과 */
export const together: (text: string) => string = either('과', '와');
