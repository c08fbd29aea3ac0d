import { expect, it } from 'vitest';
import { load, tokenise } from '../../src/flamingo.ts';
import { answerWords, ViewError } from '../../src/inspect/index.ts';

const model = await load();
const image = { width: 2, height: 2, rgba: new Uint8Array(16).fill(200), notes: [] };

it('follows every word of an answer that fills the model’s text to its end', async () => {
  const sequence = [{ image }, { text: 'name '.repeat(86) }];
  const maxTokens = model.limits.tokens - tokenise({ sequence }, model.tokenizer).ids.length;
  const prompt = { sequence, generate: { maxTokens, temperature: 4, seed: 9 } };
  const { ids } = await model.answer(prompt);
  expect(ids).toHaveLength(maxTokens);
  const words = await answerWords(model, prompt);
  expect(words.length).toBeGreaterThan(1);
  expect(words.flatMap((word) => word.ids)).toEqual(ids);
});

it('refuses an answer that reads as other tokens than the model wrote', async () => {
  const prompt = {
    sequence: [{ image }, { text: 'name '.repeat(86) }],
    generate: { maxTokens: 8, temperature: 4, seed: 5 },
  };
  await expect(answerWords(model, prompt)).rejects.toThrow(ViewError);
});
