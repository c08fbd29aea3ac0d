import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReadOptions, read, write } from '../../src/explorer/codec.ts';
import {
  CONTROLS,
  type Item,
  type Lesson,
  type PageEdit,
  type Request,
  type State,
  start,
  type Teach,
  type Weights,
} from '../../src/explorer/state.ts';

const taps = ['xattn.0.gate.dense', 'xattn.3.gate.dense', 'xattn.3.gate.attention', 'xattn.3.residual.post', 'logits'];
const options: ReadOptions = {
  pictures: ['panda', 'flamingo-2'],
  ownBytes: 12,
  hasTap: (name) => taps.includes(name),
};
const base = start([{ picture: 'panda' }, { text: 'name :' }]);

const item: fc.Arbitrary<Item> = fc.oneof(
  fc.constantFrom<Item>({ picture: 'panda' }, { picture: 'flamingo-2' }, { own: 'AAAABBBBccccdd-_' }),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => ({ text })),
  fc.constantFrom('dax<EOC>', 'a~b*c@d&e=f#g+h%', '이름 : 판다<EOC>', '').map((text) => ({ text })),
);
const gate: fc.Arbitrary<PageEdit> = fc.record({
  at: fc.constantFrom('xattn.0.gate.dense', 'xattn.3.gate.attention'),
  set: fc.integer({ min: -100, max: 100 }).map((x) => x / 100),
});
const latents: fc.Arbitrary<PageEdit> = fc.tuple(fc.nat(1), fc.nat(1)).map(([from, to]) => ({ latents: { from, to } }));
const other: fc.Arbitrary<PageEdit> = fc.oneof(
  fc.record({ at: fc.constant('logits'), scale: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
  fc.record({
    at: fc.constant('xattn.3.residual.post'),
    zero: fc.constant(true as const),
    where: fc.constant({ text: [0, -1] }),
  }),
);
const request: fc.Arbitrary<Request> = fc.record({
  prompt: fc
    .array(item, { minLength: 1, maxLength: 6 })
    .map((items): Item[] => [{ picture: 'panda' }, { picture: 'panda' }, ...items]),
  edits: fc
    .tuple(fc.array(gate, { maxLength: 3 }), fc.array(latents, { maxLength: 2 }), fc.array(other, { maxLength: 2 }))
    .map((lists) => lists.flat()),
  attend: fc.constantFrom('latest', 'previous'),
  weights: fc.constantFrom<Weights>('shipped', 'here', 80),
});
const teach: fc.Arbitrary<Teach> = fc.record({
  lessons: fc.array(
    fc.record({
      item: fc.constantFrom<Lesson['item']>({ picture: 'panda' }, { own: 'AAAABBBBccccdd-_' }),
      text: fc.string({ unit: 'grapheme', maxLength: 10 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  alpha: fc.constantFrom(0, 1.5),
  seed: fc.nat(999999),
  steps: fc.nat(1000),
});
const state: fc.Arbitrary<State> = fc
  .tuple(
    request,
    fc.record({
      b: fc.option(request),
      at: fc.constantFrom(null, { room: 'xattn.3' }, { tap: 'logits' }, { tap: 'logits', cell: [0, 3, 12] }),
      token: fc.option(fc.nat(95)),
      image: fc.option(fc.nat(3)),
      head: fc.option(fc.nat(3)),
      lens: fc.constantFrom(null, 'looked', 'compare', 'training'),
      step: fc.option(fc.nat(99999)),
      teach: fc.option(teach),
      tour: fc.option(fc.nat(5)),
      lang: fc.constantFrom('en', 'ko'),
      hide: fc.subarray([...CONTROLS]),
    }),
  )
  .map(([request, rest]) => ({ ...request, ...rest }) as State);

/** -0 is written as 0. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('a link', () => {
  it('gives the state that was written into it', () => {
    fc.assert(
      fc.property(state, (state) => {
        const found = read(`#${write(state, base)}`, base, options);
        expect(found.ignored).toEqual([]);
        expect(plain(found.state)).toEqual(plain(state));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('is a URL: no browser changes it', () => {
    fc.assert(
      fc.property(state, (state) => {
        const hash = `#${write(state, base)}`;
        expect(new URL(hash, 'http://a.example/').hash).toBe(hash === '#' ? '' : hash);
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it('can be read by people', () => {
    const prompt = [{ picture: 'panda' }, { text: 'dax<EOC>' }, { picture: 'flamingo-2' }] as const;
    const edits = [{ at: 'xattn.3.gate.dense', set: -0.4 }, { latents: { from: 0, to: 1 } }];
    expect(write({ ...base, prompt, edits, lang: 'ko' }, base)).toBe(
      'p=@panda~dax*~@flamingo-2&g=3d-0.4&x=1-0&lang=ko',
    );
    expect(write(base, base)).toBe('');
  });

  it('that is any text gives a state, and says what it left out', () => {
    const keys = fc.constantFrom(
      ...[
        'p',
        'g',
        'x',
        'e',
        'm',
        'w',
        'b',
        'bp',
        'at',
        'tok',
        'head',
        'lens',
        'step',
        'teach',
        'tour',
        'lang',
        'hide',
        'zz',
      ],
    );
    const part = fc.tuple(keys, fc.string({ maxLength: 30 })).map(([key, value]) => `${key}=${value}`);
    const text = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join('&')),
    );
    fc.assert(
      fc.property(text, (text) => {
        const { state } = read(`#${text}`, base, options);
        expect(read(`#${write(state, base)}`, base, options)).toEqual({ state: plain(state), ignored: [] });
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it.each([
    ['p=@yeti', 'p=@yeti'],
    ['p=@@short', 'p=@@short'],
    ['g=9d.5', 'g=9d.5'],
    ['x=5-0', 'x=5-0'],
    ['at=tap:nothing', 'at=tap:nothing'],
    ['lens=nose&lang=ko', 'lens=nose'],
    ['tok=99999', 'tok=99999'],
    ['what', 'what'],
  ])('with %s says so', (text, left) => {
    expect(read(`#${text}`, base, options).ignored).toEqual([left]);
  });

  it('names own pictures instead of holding them, where that is asked for', () => {
    const own = 'AAAABBBBccccdd-_';
    const state: State = { ...base, prompt: [{ own }, { text: 'name :' }] };
    const hash = write(state, base, () => '@!k1');
    expect(hash).toBe('p=@!k1~name+%3A');
    expect(read(hash, base, { ...options, kept: (name) => (name === 'k1' ? own : undefined) }).state).toEqual(state);
    const without = read(hash, base, options);
    expect(without.ignored).toEqual(['@!k1']);
    expect(without.state.prompt).toEqual([{ text: 'name :' }]);
  });

  it.each([
    'teach=20,0,7:',
    'teach=20,0,7:@panda',
    'teach=1001,0,7:@panda~panda',
    'teach=20,0,7:panda~@panda',
    'teach=20,0,7:@yeti~yeti',
    'at=room:xattn.3:1.2',
    'at=tap:logits:1.',
    'w=there',
    'tour=6',
  ])('refuses %s', (part) => {
    expect(read(`#${part}`, base, options).ignored).toEqual([part]);
  });

  it('keeps gates between -1 and 1', () => {
    expect(read('#g=3d-7', base, options).state.edits).toEqual([{ at: 'xattn.3.gate.dense', set: -1 }]);
  });
});
