/** The values that every layer has, whichever tower it stands in: attention, feed-forward, residual stream. */

import { type TapEntry, tapEntry } from './tap-entry.ts';

export type LayerTap =
  | `attention.${'queries' | 'keys' | 'values' | 'scores' | 'weights' | 'heads' | 'out'}`
  | `feedforward.${'norm.out' | 'hidden' | 'out'}`
  | `residual.${'mid' | 'post'}`;

/** What differs from tower to tower. Axes as in `tapEntry`. */
export interface Tower {
  /** Axes of the residual stream but its width. */
  readonly stream: string;
  /** Axes before the tokens once heads are split. */
  readonly heads: string;
  /** Axis of the queries. */
  readonly queries: string;
  /** Axis of what keys and values are made of. */
  readonly context: string;
  /** Axis of what a query looks at, cached tokens included. */
  readonly keys: string;
  readonly symbols: {
    readonly stream: string;
    readonly query: string;
    readonly context: string;
    /** What attention adds to the stream, and what the feed-forward network adds. */
    readonly attended: string;
    readonly dense: string;
  };
  readonly source: string;
  /** Who looks, at what; the Korean words with their particles. */
  readonly en: { readonly query: string; readonly keys: string };
  readonly ko: { readonly query: string; readonly keys: string };
}

export function layerTaps<Prefix extends string>(
  prefix: Prefix,
  tower: Tower,
): Record<`${Prefix}.${LayerTap}`, TapEntry> {
  const taps = Object.entries({ ...attentionTaps(tower), ...residualTaps(tower) });
  return Object.fromEntries(taps.map(([name, entry]) => [`${prefix}.${name}`, entry])) as Record<
    `${Prefix}.${LayerTap}`,
    TapEntry
  >;
}

function attentionTaps({ stream, heads, queries, context, keys, symbols, source, en, ko }: Tower) {
  const pairs = `${heads} ${queries} ${keys}`;
  return {
    'attention.queries': tapEntry(
      `${heads} ${queries} width`,
      `Q = ${symbols.query} W_Q`,
      source,
      `What ${en.query} looks for, head by head.`,
      `헤드(head)마다 ${ko.query} 무엇을 찾는지예요.`,
    ),
    'attention.keys': tapEntry(
      `${heads} ${context} width`,
      `K = ${symbols.context} W_K`,
      source,
      `What ${en.keys} are found by.`,
      `${ko.keys} 찾을 때 쿼리(query)와 견주는 키(key)예요.`,
    ),
    'attention.values': tapEntry(
      `${heads} ${context} width`,
      `V = ${symbols.context} W_V`,
      source,
      `What looking at ${en.keys} brings.`,
      `${ko.keys} 보면 가져오는 값(value)이에요.`,
    ),
    'attention.scores': tapEntry(
      pairs,
      'S = Q K^T / sqrt(width)',
      source,
      'How well query and key fit, before mask and softmax.',
      '마스크(mask)와 소프트맥스 전에 쿼리와 키가 얼마나 맞는지예요.',
    ),
    'attention.weights': tapEntry(
      pairs,
      'A = softmax(S, masked)',
      source,
      `How much ${en.query} looks at ${en.keys}: a row sums to 1, to 0 where there is nothing to see.`,
      `${ko.query} ${ko.keys} 얼마나 보는지예요. 한 행의 합은 1이고, 볼 것이 없으면 0이에요.`,
    ),
    'attention.heads': tapEntry(
      `${heads} ${queries} width`,
      'H = A V',
      source,
      `What each head brings to ${en.query}.`,
      `헤드마다 ${ko.query} 모아 온 값이에요.`,
    ),
    'attention.out': tapEntry(
      `${stream} width`,
      'concat(H) W_O',
      source,
      'All heads mixed, before gate and residual.',
      '모든 헤드를 섞은 어텐션의 출력이에요. 게이트와 잔차 연결 전이에요.',
    ),
  };
}

function residualTaps({ stream, symbols, source }: Tower) {
  const { stream: y, attended, dense } = symbols;
  return {
    'residual.mid': tapEntry(
      `${stream} width`,
      `${y} = ${y} + ${attended}`,
      source,
      'The stream after attention was added.',
      '어텐션을 더한 뒤의 잔차 스트림(residual stream)이에요.',
    ),
    'feedforward.norm.out': tapEntry(
      `${stream} width`,
      `norm(${y})`,
      source,
      'The stream as the feed-forward network reads it.',
      '피드포워드(feed-forward)가 읽는, 정규화한 흐름이에요.',
    ),
    'feedforward.hidden': tapEntry(
      `${stream} hidden`,
      `act(norm(${y}) W_1)`,
      source,
      'The wide middle of the feed-forward network, after the activation.',
      '활성화 함수를 지난, 피드포워드의 넓은 가운데예요.',
    ),
    'feedforward.out': tapEntry(
      `${stream} width`,
      `act(norm(${y}) W_1) W_2`,
      source,
      'What the feed-forward network gives, before gate and residual.',
      '피드포워드의 출력이에요. 게이트와 잔차 연결 전이에요.',
    ),
    'residual.post': tapEntry(
      `${stream} width`,
      `${y} = ${y} + ${dense}`,
      source,
      'The stream as it leaves the layer.',
      '층을 나가는 잔차 스트림이에요.',
    ),
  };
}
