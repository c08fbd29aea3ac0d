import { serve } from '../../src/parallel/serve.ts';
import { NonFiniteError } from '../../src/tensor/errors.ts';

const tasks = {
  refuse(): void {
    throw new NonFiniteError('the logits are NaN');
  },
  break(): void {
    throw new TypeError('x is not a function');
  },
};

export type Failing = typeof tasks;
serve(tasks);
