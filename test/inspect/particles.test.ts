import { expect, it } from 'vitest';
import { called, into, quoting, together } from '../../src/inspect/particles.ts';

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
  ['-1.20', '이라는', '이라고', '으로', '과'],
  ['-3.57', '이라는', '이라고', '로', '과'],
  ['네?', '라는', '라고', '로', '와'],
  ['', '라는', '라고', '로', '와'],
])('particles behind %j', (word, ...particles) => {
  expect([called, quoting, into, together].map((particle) => particle(word))).toEqual(particles);
});
