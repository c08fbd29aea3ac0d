import { describe, expect, it } from 'vitest';
import { agree, notebookParts, outOfStep, pageParts } from '../../scripts/agreed/pairs.ts';

const korean = pageParts('머리\n# 하나\n가\n# 둘\n나\n');
const english = pageParts('head\n# one\na\n# two\nb\n');
const agreed = agree(korean, english);

describe('two languages', () => {
  it('are in step when nothing changed', () => {
    expect(outOfStep(korean, english, agreed)).toEqual([]);
  });

  it.each([
    ['English', korean, pageParts('head\n# one\na\n# two\nc\n'), ['part 2: English changed, Korean did not']],
    ['Korean', pageParts('머리\n# 하나\n다\n# 둘\n나\n'), english, ['part 1: Korean changed, English did not']],
    [
      'both',
      pageParts('머\n# 하나\n가\n# 둘\n나\n'),
      pageParts('h\n# one\na\n# two\nb\n'),
      ['part 0: both languages changed'],
    ],
    ['a part more', korean, pageParts('head\n# one\na\n# two\nb\n# three\n'), ['part 3: in English only']],
  ])('are out of step after a change of %s', (_, ko, en, problems) => {
    expect(outOfStep(ko, en, agreed)).toEqual(problems);
  });

  it('are new until someone says that they agree', () => {
    expect(outOfStep(korean, english, {})).toHaveLength(3);
  });

  it('take no comment in code for a heading', () => {
    expect([...pageParts('a\n```sh\n# comment\n```\n# heading\n').keys()]).toEqual(['part 0', 'part 1']);
  });

  it('are read from the words of notebooks, by cell', () => {
    const cells = [
      { cell_type: 'markdown', id: 'a', source: ['one\n', 'two'] },
      { cell_type: 'code', id: 'b', source: 'x' },
    ];
    expect(notebookParts(JSON.stringify({ cells }))).toEqual(new Map([['a', 'one\ntwo']]));
  });
});
