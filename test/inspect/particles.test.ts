import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { translator } from '../../src/inspect/korean/phrases.ts';
import { called, fitted, into, quoting, together } from '../../src/inspect/particles.ts';

it.each([
  ['고양이', '라는', '라고', '로', '와'],
  ['곰', '이라는', '이라고', '으로', '과'],
  ['말', '이라는', '이라고', '로', '과'],
  ['곰'.normalize('NFD'), '이라는', '이라고', '으로', '과'],
  ['wug', '라는', '라고', '로', '와'],
  ['panda', '라는', '라고', '로', '와'],
  ['cat', '이라는', '이라고', '으로', '과'],
  ['train', '이라는', '이라고', '으로', '과'],
  ['snail', '이라는', '이라고', '로', '과'],
  ['turtle', '이라는', '이라고', '로', '과'],
  ['airplane', '이라는', '이라고', '으로', '과'],
  ['cake', '라는', '라고', '로', '와'],
  ['-1.20', '이라는', '이라고', '으로', '과'],
  ['-3.57', '이라는', '이라고', '로', '과'],
  ['네?', '라는', '라고', '로', '와'],
  ['', '라는', '라고', '로', '와'],
  // Read letter by letter: 피엔지, 엔피엠, 에이치티엠엘
  ['a.png', '라는', '라고', '로', '와'],
  ['npm', '이라는', '이라고', '으로', '과'],
  ['a.html', '이라는', '이라고', '로', '과'],
  ['<EOC>', '라는', '라고', '로', '와'],
  ['--json', '이라는', '이라고', '으로', '과'],
  ['95.6%', '라는', '라고', '로', '와'],
])('particles behind %j', (word, ...particles) => {
  expect([called, quoting, into, together].map((particle) => particle(word))).toEqual(particles);
});

describe('particles of a text', () => {
  it.each([
    ['곰', "'곰'이라는 이름. 곰이 곰을 (곰)으로, 곰은 곰이에요"],
    ['말', "'말'이라는 이름. 말이 말을 (말)로, 말은 말이에요"],
    ['a.png', "'a.png'라는 이름. a.png가 a.png를 (a.png)로, a.png는 a.png예요"],
    [3, "'3'이라는 이름. 3이 3을 (3)으로, 3은 3이에요"],
  ])('follow %j', (word, text) => {
    expect(fitted`'${word}'라는 이름. ${word}이 ${word}를 (${word})로, ${word}은 ${word}예요`).toBe(text);
  });

  it('leaves other syllables behind a value alone', () => {
    expect(fitted`${3}이상, ${2}가지, ${5}은행`).toBe('3이상, 2가지, 5은행');
  });

  it('follow what an error of the library names, and how that is said in Korean', () => {
    const inKorean = translator([
      ['{} is {}', '{}은 {}예요'],
      ['a picture', '그림'],
    ]);
    expect(['a.png is a picture', 'a.json is 3'].map(inKorean)).toEqual(['a.png는 그림이에요', 'a.json은 3이에요']);
  });

  it('are fitted wherever a text of the sources has one behind a value', () => {
    const fixed = /\$\{[^{}]*\}[\])'"”’]*(?:이?라는|이?라고|이에요|예요|으로|로|은|는|이|가|을|를|과|와)(?![가-힣])/;
    const src = new URL('../../src/', import.meta.url);
    const found = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .flatMap((file) =>
        [...readFileSync(new URL(file, src), 'utf8').matchAll(/(\w*)`((?:[^`\\]|\\.)*)`/g)].flatMap(
          ([, tag, text = '']) => (tag !== 'fitted' && fixed.test(text) ? [`${file}: ${text}`] : []),
        ),
      );
    expect(found.filter((text) => !text.includes('particles.ts'))).toEqual([]);
  });
});
