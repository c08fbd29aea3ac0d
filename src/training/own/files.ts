/** In the folder of one's own data: what is learnt, and what it is measured with. */
export const OWN_FILES = { train: 'train.jsonl', eval: 'eval.jsonl' } as const;
