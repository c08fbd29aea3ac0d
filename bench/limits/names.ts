/** What the rows of the group `limits` are called, for those that read them. */

export const LIMITS = 'limits';

export const PEAK = 'multiplying';
export const REGISTERS = 'in registers';
export const PRODUCT = 'product 512^3';

export const READING = 'reading';

export const CALLS = {
  name: '1,000 calls',
  module: 'a function of nothing',
  kernel: 'a kernel',
  tensor: 'an operation',
  recorded: 'an operation, recorded',
} as const;

export const TOKEN = 'a generated token';
export const WHOLE = 'whole';
export const OUTSIDE = 'outside of kernels';
