import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/tensor/random.ts';
import { CATEGORY_NAMES } from '../../../src/training/data/categories.ts';
import { type EpisodeImage, Episodes, WIDE_MIX } from '../../../src/training/data/episodes.ts';
import { EvaluationEpisodes, type EvaluationSpec } from '../../../src/training/data/evaluation-episodes.ts';
import { RESERVED_WORDS } from '../../../src/training/data/nonce.ts';
import { FORMS, questionForms } from '../../../src/training/data/prompts.ts';
import { TRAINING_STYLES } from '../../../src/training/data/styles.ts';
import { TextBank } from '../../../src/training/data/text-bank.ts';
import { concepts, facts, split, tokenizer } from './fixtures.ts';

const bank = new TextBank(tokenizer, concepts, split);
const episodes = new Episodes(bank, facts, 8);
/** Longest first: "이건 새야?" before "이건". */
const EVERY_FORM = [
  ...Object.values(FORMS).flat(),
  ...CATEGORY_NAMES.flatMap((kind) => [...questionForms(kind, 'en'), ...questionForms(kind, 'ko')]),
].sort((a, b) => b.length - a.length);
const { bos, eoc, image, pad } = tokenizer.special;

describe('Episodes', () => {
  it('repeats by seed, padded to [batch, 64]', () => {
    const batch = episodes.batch(new Random(1), 12);
    expect([batch.ids.length, batch.weights.length, batch.images.length]).toEqual([12 * 64, 12 * 64, 12]);
    expect(episodes.batch(new Random(1), 12)).toEqual(batch);
    for (let i = 0; i < batch.ids.length; i++) if (batch.ids[i] === pad) expect(batch.weights[i]).toBe(0);
  });

  it('keeps to its limits, one <image> an image, and shows seen concepts in training styles only', () => {
    const random = new Random(2);
    const seen = new Set(split.seen);
    for (let i = 0; i < 400; i++) {
      const { ids, weights, images } = episodes.episode(random);
      expect(ids.length).toBeLessThanOrEqual(64);
      expect(ids.length).toBe(weights.length);
      expect(images.length).toBeLessThanOrEqual(9);
      expect(ids[0]).toBe(bos);
      expect(ids.filter((id) => id === image).length).toBe(images.length);
      expect(
        images.filter(
          ({ concept, style, view }) =>
            !seen.has(concept) || !(TRAINING_STYLES as readonly string[]).includes(style) || view >= 8,
        ),
      ).toEqual([]);
    }
  });

  it('scores answers, not prompts and <image>, and of a new label only what could be known', () => {
    const random = new Random(3);
    const seen = { first: 0, again: 0, prompts: 0 };
    for (let i = 0; i < 300; i++) {
      const { ids, weights } = episodes.episode(random);
      const binding = weights.some((weight) => weight > 0 && weight < 1);
      const met = new Set<string>();
      for (let t = 1; t < ids.length; ) {
        expect([ids[t], weights[t]]).toEqual([image, 0]);
        const end = ids.indexOf(eoc, t);
        const text = tokenizer.decode(ids.slice(t + 1, end));
        const prompt = EVERY_FORM.find((form) => text.startsWith(`${form} `)) ?? '';
        const answerAt = t + 1 + (prompt === '' ? 0 : tokenizer.encode(prompt).length);
        expect(weights.slice(t, answerAt).every((weight) => weight === 0)).toBe(true);
        const answer = text.slice(prompt.length).trim();
        const first = binding && !met.has(answer);
        expect(weights.slice(answerAt, end).every((weight) => weight === (first ? 0 : 1))).toBe(true);
        expect(weights[end]).toBe(first ? 0.2 : 1);
        met.add(answer);
        seen[first ? 'first' : 'again']++;
        if (prompt !== '') seen.prompts++;
        t = end + 1;
      }
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100);
  });
});

const base: EvaluationSpec = {
  task: 'binding',
  language: null,
  concepts: 'novel',
  style: 'held',
  ways: 2,
  shots: 2,
  control: null,
};

describe('EvaluationEpisodes', () => {
  const evaluation = new EvaluationEpisodes(bank, facts);
  const many = (spec: EvaluationSpec) =>
    Array.from({ length: 200 }, (_, i) => evaluation.episode(spec, new Random(7), i));

  it('binds reserved words to novel concepts, with the query in the held style', () => {
    for (const { ids, images, candidates, answer, shotClasses, parts } of many(base)) {
      expect(candidates.every((word) => RESERVED_WORDS.includes(word))).toBe(true);
      expect(images.map(({ style }) => style === 'emojione')).toEqual([false, false, false, false, true]);
      expect(images.every(({ concept }) => split.novel.includes(concept))).toBe(true);
      const right = images.slice(0, -1).filter((_, i) => shotClasses[i] === answer);
      expect(right.map(({ concept }) => concept)).toEqual([images.at(-1)?.concept, images.at(-1)?.concept]);
      expect(parts).toHaveLength(9);
      expect([ids[0], ids.at(-1)]).toEqual([bos, image]);
      const words = tokenizer.decode(ids).match(/[a-z]+(?=<EOC>)/g) ?? [];
      expect(words).toEqual(shotClasses.map((way) => candidates[way]));
    }
  });

  it('keeps pictures and words in a control, but for what it controls', () => {
    const shuffled = many({ ...base, control: 'shuffled labels' });
    const wrong = many({ ...base, control: 'wrong query picture' });
    let moved = 0;
    for (const [i, episode] of many(base).entries()) {
      const [labels, query] = [shuffled[i] as typeof episode, wrong[i] as typeof episode];
      expect([labels.images, labels.answer]).toEqual([episode.images, episode.answer]);
      if (JSON.stringify(labels.ids) !== JSON.stringify(episode.ids)) moved++;
      expect([query.ids, query.images.slice(0, -1)]).toEqual([episode.ids, episode.images.slice(0, -1)]);
      expect(episode.images.map(({ concept }) => concept)).not.toContain(query.images.at(-1)?.concept);
    }
    expect(moved).toBeGreaterThan(80);
  });

  it('asks names and kinds with a prompt, and which question is meant by shots alone', () => {
    for (const language of ['en', 'ko'] as const) {
      for (const task of ['naming', 'kind'] as const) {
        const episode = evaluation.episode({ ...base, task, language, concepts: 'seen', shots: 4 }, new Random(1), 0);
        const query = concepts.find(({ name }) => name === episode.images.at(-1)?.concept);
        if (task === 'naming')
          expect(episode.candidates[episode.answer]).toBe(language === 'en' ? query?.name : query?.korean);
        else expect(episode.candidates).toHaveLength(17);
        expect(episode.parts.at(-1)).toEqual({
          text: { naming: { en: 'name :', ko: '이름 :' }, kind: { en: 'kind :', ko: '종류 :' } }[task][language],
        });
      }
    }
    const [canonical, natural] = [undefined, 'What is this?'].map((form) =>
      evaluation.episode(
        { ...base, task: 'naming', language: 'en', concepts: 'seen', shots: 1, ...(form && { form }) },
        new Random(1),
        0,
      ),
    );
    expect(natural?.images).toEqual(canonical?.images); // every form asks about the same pictures
    expect(natural?.parts.at(-1)).toEqual({ text: 'What is this?' });
    expect(JSON.stringify(natural?.parts)).toBe(JSON.stringify(canonical?.parts).replaceAll('name :', 'What is this?'));
    const induction = evaluation.episode({ ...base, task: 'induction', concepts: 'seen', shots: 1 }, new Random(1), 3);
    expect(induction.candidates).toHaveLength(4);
    expect(induction.parts).toHaveLength(3);
  });
});

describe('EpisodeImage', () => {
  it('names a picture that exists', () => {
    const images: readonly EpisodeImage[] = episodes.batch(new Random(4), 40).images.flat();
    for (const { concept, style } of images) expect(facts.styles(concept)).toContain(style);
  });

  it('show concepts without names in half of the binding episodes, and never mix them with others', () => {
    const others = ['north', 'south', 'east', 'west'].map((name) => ({ name, styles: ['mdi', 'tabler'], views: 3 }));
    const mixed = new Episodes(bank, facts, 8, others);
    const names = new Set(others.map(({ name }) => name));
    let [shown, all] = [0, 0];
    for (let i = 0; i < 400; i++) {
      const { images } = mixed.episode(new Random(7).fork(i));
      const unnamed = images.filter(({ concept }) => names.has(concept));
      if (unnamed.length > 0) {
        shown++;
        expect(unnamed).toHaveLength(images.length);
        for (const { style, view } of unnamed)
          expect([['mdi', 'tabler'].includes(style), view < 3]).toEqual([true, true]);
      }
      all++;
    }
    expect(shown / all).toBeGreaterThan(0.17); // half of 45 %
    expect(shown / all).toBeLessThan(0.28);
  });

  it('show a word mostly by hands that the episode has not shown for it yet, when a run goes on', () => {
    const wide = new Episodes(bank, facts, 8, [], WIDE_MIX);
    let [again, newHands] = [0, 0];
    for (let i = 0; i < 400; i++) {
      const { images, weights } = wide.episode(new Random(8).fork(i));
      if (!weights.some((weight) => weight > 0 && weight < 1)) continue; // not a binding episode
      for (const [at, { concept, style }] of images.entries()) {
        const before = images.slice(0, at).filter((image) => image.concept === concept);
        if (before.length !== 1) continue;
        again++;
        if (before[0]?.style !== style) newHands++;
      }
    }
    expect(again).toBeGreaterThan(150);
    expect(newHands / again).toBeGreaterThan(0.88); // .7, and four fifths of the rest: five styles
  });
});
