// What evening 8 asks for, and what is often written in its place: layouts of the public implementations.
import { concat, type Tensor, tensor } from 'glass-flamingo/tensor';
import type { Exercise } from '../exercise.ts';

/** What is looked at [m, w] and the fused matrix of keys and values [2 d, w] -> keys [m, d]. */
export type KeysOf = (context: Tensor, toKV: Tensor) => Tensor;
/** x [n, in] and a matrix as PyTorch stores it, [out, in] -> [n, out]. */
export type Apply = (x: Tensor, weight: Tensor) => Tensor;
/** How many layers, and a block for every how many -> the layers that have a block, counted from 0. */
export type Placement = (layers: number, every: number) => number[];

export interface CheckpointExercises {
  readonly keys: Exercise<KeysOf>;
  readonly apply: Exercise<Apply>;
  readonly placement: Exercise<Placement>;
}

/** What another implementation computed: its inputs, its weights and its taps. */
export interface Golden {
  /** Media [m, w], as its attention reads them. */
  readonly media: Tensor;
  readonly toKV: Tensor;
  /** Text after the norm [n, d] and the matrix of queries, square or not. */
  readonly normed: Tensor;
  readonly toQ: Tensor;
}

export function checkpointExercises({ media, toKV, normed, toQ }: Golden): CheckpointExercises {
  return {
    keys: keysExercise(media, toKV),
    apply: applyExercise(normed, toQ),
    placement: placementExercise(media.device),
  };
}

function keysExercise(media: Tensor, toKV: Tensor): Exercise<KeysOf> {
  const half = (toKV.shape[0] as number) / 2;
  const rows = (w: Tensor, from: number): Tensor => w.slice([[from, from + half]]); // [d, w]
  const times = (x: Tensor, w: Tensor): Tensor => x.matmul(w.transpose());
  return {
    title: 'xattn.0.attention.keys',
    apply: (answer) => answer(media, toKV),
    expected: times(media, rows(toKV, 0)),
    answer: (x, w) => times(x, rows(w, 0)),
    mistakes: [
      {
        answer: (x, w) => times(x, rows(w, half)),
        ko: '값의 절반이에요. to_kv의 앞쪽 행들이 키예요.',
        en: 'This is the half of the values. The first rows of to_kv are the keys.',
      },
      {
        answer: (x, w) => times(x, w),
        ko: '나누지 않았어요. 키와 값이 함께 들어 있어요.',
        en: 'It is not split: keys and values are both in it.',
      },
      {
        answer: (x, w) => {
          const evens = Array.from({ length: half }, (_, i) => w.slice([[2 * i, 2 * i + 1]]));
          return times(x, concat(evens));
        },
        ko: '한 행씩 번갈아 골랐어요. 앞의 절반이 키, 뒤의 절반이 값이에요.',
        en: 'Every other row was taken. The first half is keys, the second half is values.',
      },
    ],
  };
}

function applyExercise(normed: Tensor, toQ: Tensor): Exercise<Apply> {
  const [out, input] = toQ.shape as [number, number];
  return {
    title: 'to_q',
    apply: (answer) => answer(normed, toQ),
    expected: normed.matmul(toQ.transpose()),
    answer: (x, w) => x.matmul(w.transpose()),
    mistakes: [
      {
        answer: (x, w) => x.matmul(w.reshape([input, out])),
        ko: '모양만 맞췄어요. reshape는 숫자의 줄을 다시 접을 뿐이고, 뒤집는 것은 transpose예요.',
        en: 'Only the shape was made to fit. reshape folds the same line of numbers anew; transpose is what turns it.',
      },
    ],
  };
}

const LAYERS = 12;
const EVERY = 4;

function placementExercise(device: Tensor['device']): Exercise<Placement> {
  const where = (has: (i: number) => boolean): Placement => {
    return (layers) => Array.from({ length: layers }, (_, i) => i).filter(has);
  };
  const table = (layers: number[]): Tensor => tensor(device, Float32Array.from(layers));
  return {
    title: 'OpenFlamingo: xattn.*',
    apply: (answer) => table(answer(LAYERS, EVERY)),
    expected: table([3, 7, 11]),
    answer: (layers, every) => where((i) => (i + 1) % every === 0)(layers, every),
    mistakes: [
      {
        answer: (layers, every) => where((i) => i % every === 0)(layers, every),
        ko: '논문과 IDEFICS의 자리예요. OpenFlamingo는 1부터 세서 (i + 1) % n = 0인 층이에요.',
        en: 'These are the places of the paper and IDEFICS. OpenFlamingo counts from 1: layers with (i + 1) % n = 0.',
      },
      {
        answer: (layers, every) => where((i) => i > 0 && i % every === 0)(layers, every),
        ko: '4, 8번 층이라고 했어요. 네 번째 층의 번호는 3이에요.',
        en: 'Layers 4 and 8 are named. The fourth layer has the number 3.',
      },
    ],
  };
}
