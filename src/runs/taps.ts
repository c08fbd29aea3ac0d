/**
 * Every value of a Flamingo that has a name: what its axes are, what it is computed by, where the paper says so. Types,
 * docs/taps.md, edits and tests are fed from here.
 *
 * Equations use the paper's letters: x_f visual features, x latents, y text; z is the stream of the vision encoder.
 * An axis `a*b` is two axes in one, the second the faster; `a+b` is one after the other. `key-...` is what is looked at.
 */

import { requireKinds } from '../files/kinds.ts';
import { type LayerTap, layerTaps } from './layer-taps.ts';
import { matcher } from './patterns.ts';
import { type TapEntry, tapEntry } from './tap-entry.ts';

type GateTap = 'attention.ungated' | `${'gate' | 'contribution'}.${'attention' | 'dense'}`;

type NumberedTap<I extends string | number> =
  | `vision.layers.${I}.${'attention.norm.out' | LayerTap}`
  | `resampler.layers.${I}.${'attention.norm.media' | 'attention.norm.latents' | LayerTap}`
  | `xattn.${I}.${'attention.norm.out' | LayerTap | GateTap}`
  | `lm.layers.${I}.${'attention.norm.out' | LayerTap}`;

type SingleTap =
  | `vision.${'pixels' | 'embeddings.patches' | 'embeddings.out' | 'norm.out' | 'out' | 'patches'}`
  | `resampler.${'in' | 'latents' | 'out'}`
  | `mask.${'text_time' | 'allowed'}`
  | `lm.${'embeddings.tokens' | 'embeddings.positions' | 'embeddings.out' | 'norm.out' | 'head.in'}`
  | 'logits';

/** The name of a value. `xattn.{i}` is the block before layer i of the language model. */
export type TapName = SingleTap | NumberedTap<number>;

/** The same, `*` in place of a layer's number. */
export type TapPattern = SingleTap | NumberedTap<'*'>;

/** A name or any pattern of names: `*` is one segment, `**` any number. An editor completes those of the registry. */
export type TapQuery = TapName | TapPattern | (string & Record<never, never>);

const CLIP = 'Radford et al. 2021, section 2.4';

const vision = layerTaps('vision.layers.*', {
  stream: 'picture token',
  heads: 'picture head',
  queries: 'token',
  context: 'token',
  keys: 'key-token',
  symbols: { stream: 'z', query: 'norm(z)', context: 'norm(z)', attended: 'attention(norm(z))', dense: 'ffw(norm(z))' },
  source: CLIP,
  en: { query: 'a patch', keys: 'the patches of its picture' },
  ko: { query: '패치가', keys: '같은 그림의 패치를' },
});

const resampler = layerTaps('resampler.layers.*', {
  stream: 'batch medium latent',
  heads: 'batch head medium',
  queries: 'latent',
  context: 'visual+latent',
  keys: 'visual+latent',
  symbols: {
    stream: 'x',
    query: 'norm(x)',
    context: 'concat([norm(x_f), norm(x)])',
    attended: 'attention(q=x, kv=concat([x_f, x]))',
    dense: 'ffw(x)',
  },
  source: 'Figure 5',
  en: { query: 'a latent', keys: 'visual features and latents' },
  ko: { query: '잠재 벡터가', keys: '시각 특징과 잠재 벡터를' },
});

const crossAttention = layerTaps('xattn.*', {
  stream: 'batch text',
  heads: 'batch head',
  queries: 'text',
  context: 'medium*latent',
  keys: 'medium*latent',
  symbols: {
    stream: 'y',
    query: 'norm(y)',
    context: 'x',
    attended: 'tanh(alpha_xattn) * attention(q=y, kv=x)',
    dense: 'tanh(alpha_dense) * ffw(y)',
  },
  source: 'Figure 4',
  en: { query: 'a text token', keys: 'the latents of the image it may see' },
  ko: { query: '텍스트 토큰이', keys: '볼 수 있는 그림의 잠재 벡터를' },
});

const languageModel = layerTaps('lm.layers.*', {
  stream: 'batch text',
  heads: 'batch head',
  queries: 'text',
  context: 'text',
  keys: 'key-text',
  symbols: {
    stream: 'y',
    query: 'norm(y)',
    context: 'norm(y)',
    attended: 'frozen_attention(q=y, kv=y)',
    dense: 'frozen_ffw(y)',
  },
  source: 'Figure 4',
  en: { query: 'a text token', keys: 'itself and the tokens before it' },
  ko: { query: '텍스트 토큰이', keys: '자신과 앞선 토큰을' },
});

/** All of them, in the order in which they are computed. */
export const TAPS: Readonly<Record<TapPattern, TapEntry>> = {
  'vision.pixels': tapEntry(
    'picture channel row column',
    'pixels = (rgb - mean) / std',
    'appendix B.1.2',
    'A picture as the vision encoder gets it: resized and normalised.',
    '비전 인코더가 받는, 크기를 맞추고 정규화한 그림이에요.',
  ),
  'vision.embeddings.patches': tapEntry(
    'picture patch width',
    'patch W_P',
    CLIP,
    'Each patch of pixels as a vector, before positions.',
    '픽셀 패치(patch) 하나를 벡터로 바꾼 거예요. 위치 임베딩은 아직 없어요.',
  ),
  'vision.embeddings.out': tapEntry(
    'picture token width',
    'z = concat([class, patches]) + positions',
    CLIP,
    'Class token and patches with their positions.',
    '클래스 토큰과 패치에 위치 임베딩(embedding)을 더한 거예요.',
  ),
  'vision.norm.out': tapEntry(
    'picture token width',
    'z = norm(z)',
    CLIP,
    'What the first layer of the vision encoder reads.',
    '비전 인코더의 첫 층이 읽는 값이에요.',
  ),
  'vision.layers.*.attention.norm.out': tapEntry(
    'picture token width',
    'norm(z)',
    CLIP,
    'The stream as attention reads it.',
    '어텐션(attention)이 읽는, 정규화한 흐름이에요.',
  ),
  ...vision,
  'vision.out': tapEntry(
    'picture token width',
    'z',
    CLIP,
    'The vision encoder at its end, class token first.',
    '비전 인코더의 마지막 출력이에요. 맨 앞이 클래스 토큰이에요.',
  ),
  'vision.patches': tapEntry(
    'picture patch width',
    'x_f = z[1:]',
    'OpenFlamingo 2.0.1, Flamingo._encode_vision_x',
    'What the resampler is given of a picture.',
    '리샘플러에 넘기는 그림의 특징이에요.',
  ),
  'resampler.in': tapEntry(
    'batch medium visual width',
    'x_f = flatten(x_f + time_embeddings)',
    'Figure 5',
    'Visual features of all frames of a medium, with their time.',
    '한 미디어의 모든 프레임 특징에 시간 임베딩을 더해 편 거예요.',
  ),
  'resampler.latents': tapEntry(
    'batch medium latent width',
    'x = latents',
    'Figure 5',
    'The learned latents, the same for every medium, before they have seen anything.',
    '아직 아무것도 보지 않은, 학습한 잠재 벡터(latent)예요. 미디어마다 같아요.',
  ),
  'resampler.layers.*.attention.norm.media': tapEntry(
    'batch medium visual width',
    'norm(x_f)',
    'flamingo-pytorch 0.1.2, PerceiverAttention',
    'Visual features as the attention reads them.',
    '어텐션이 읽는, 정규화한 시각 특징이에요.',
  ),
  'resampler.layers.*.attention.norm.latents': tapEntry(
    'batch medium latent width',
    'norm(x)',
    'flamingo-pytorch 0.1.2, PerceiverAttention',
    'Latents as the attention reads them: as queries, and after the features as keys and values.',
    '어텐션이 읽는, 정규화한 잠재 벡터예요. 쿼리가 되고, 시각 특징 뒤에 붙어 키와 값도 돼요.',
  ),
  ...resampler,
  'resampler.out': tapEntry(
    'batch medium latent width',
    'x = norm(x)',
    'section 2.1',
    'A medium as the text will see it: always the same number of latents.',
    '텍스트가 보게 될 미디어예요. 잠재 벡터의 수가 늘 같아요.',
  ),
  'mask.text_time': tapEntry(
    'batch text',
    'phi(l) = number of <image> up to token l',
    'section 2.3, appendix A.1.3',
    'Which image came last before each token, from 1; 0 before the first.',
    '각 토큰 앞에 마지막으로 나온 그림의 번호예요. 첫 그림 전에는 0이에요.',
  ),
  'mask.allowed': tapEntry(
    'batch text medium',
    'phi(l) = m',
    'section 2.3, appendix A.1.3',
    'Which image a token may look at directly: 1 or 0.',
    '토큰이 직접 볼 수 있는 그림이에요. 보면 1, 못 보면 0이에요.',
  ),
  'lm.embeddings.tokens': tapEntry(
    'batch text width',
    'E[token]',
    'section 2.2',
    'Each token as the vector learned for it.',
    '토큰마다 학습한 임베딩 벡터예요.',
  ),
  'lm.embeddings.positions': tapEntry(
    'batch text width',
    'P[position]',
    'Zhang et al. 2022 (OPT)',
    'Where each token stands, where positions are learned.',
    '토큰의 위치를 나타내는 학습한 벡터예요.',
  ),
  'lm.embeddings.out': tapEntry(
    'batch text width',
    'y = E[token] + P[position]',
    'section 2.2',
    'The text as it enters the first layer.',
    '첫 층에 들어가는 텍스트예요.',
  ),
  'xattn.*.attention.norm.out': tapEntry(
    'batch text width',
    'norm(y)',
    'flamingo-pytorch 0.1.2, MaskedCrossAttention',
    'The text as it asks for the image; the latents are not normalised again.',
    '그림을 찾으러 가는, 정규화한 텍스트예요. 잠재 벡터는 다시 정규화하지 않아요.',
  ),
  ...crossAttention,
  'xattn.*.attention.ungated': tapEntry(
    'batch text width',
    'concat(H) W_O',
    'IDEFICS, IdeficsGatedCrossAttentionLayer',
    'In IDEFICS only: the attention before the tokens that see no image are set to 0.',
    '그림을 못 보는 토큰을 0으로 만들기 전의 어텐션이에요. IDEFICS에만 있어요.',
  ),
  'xattn.*.gate.attention': tapEntry(
    'gate',
    'tanh(alpha_xattn)',
    'section 2.2, Figure 4',
    'How far the gate of the attention is open: 0 passes nothing of the new branch, the text itself goes on.',
    '어텐션 쪽 게이트(gate)가 얼마나 열렸는지예요. 0이면 새 가지만 막히고 텍스트는 그대로 흘러요.',
  ),
  'xattn.*.contribution.attention': tapEntry(
    'batch text width',
    'tanh(alpha_xattn) * attention(q=y, kv=x)',
    'section 2.2, Figure 4',
    'What the image really adds to each token.',
    '각 토큰에 그림이 실제로 보태는 몫이에요.',
  ),
  'xattn.*.gate.dense': tapEntry(
    'gate',
    'tanh(alpha_dense)',
    'section 2.2, Figure 4',
    'How far the gate of the dense part is open. It acts on every token, those without an image too.',
    '둘째 게이트, 곧 피드포워드(dense) 게이트가 얼마나 열렸는지예요. 그림이 없는 토큰에도 작용해요.',
  ),
  'xattn.*.contribution.dense': tapEntry(
    'batch text width',
    'tanh(alpha_dense) * ffw(y)',
    'section 2.2, Figure 4',
    'What the dense part really adds to each token.',
    '각 토큰에 피드포워드(dense)가 실제로 보태는 몫이에요.',
  ),
  'lm.layers.*.attention.norm.out': tapEntry(
    'batch text width',
    'norm(y)',
    'Figure 4',
    'The text as the frozen attention reads it.',
    '얼린(frozen) 어텐션이 읽는, 정규화한 텍스트예요.',
  ),
  ...languageModel,
  'lm.norm.out': tapEntry(
    'batch text width',
    'norm(y)',
    'Zhang et al. 2022 (OPT)',
    'The text after the last layer, normalised.',
    '마지막 층을 지나 정규화한 텍스트예요.',
  ),
  'lm.head.in': tapEntry(
    'batch text width',
    'y',
    'section 2.2',
    'What is compared with every token of the vocabulary.',
    '어휘의 모든 토큰과 비교할 벡터예요.',
  ),
  logits: tapEntry(
    'batch text vocabulary',
    'log p(y_l | y_<l, x_<=l) + constant = y E^T',
    'equation 1',
    'How likely each token comes next, before softmax.',
    '다음에 올 토큰마다의 점수예요. 소프트맥스(softmax) 전이에요.',
  ),
};

const RULES = Object.entries(TAPS).map(([pattern, entry]) => ({ fits: matcher(pattern), entry }));

/**
 * What is known of the value of that name; null for an unknown name.
 * @param name of the tap: `xattn.1.attention.weights`
 * @example
 * ```ts
 * tapOf('xattn.0.gate.dense')?.equation;
 * ```
 */
export function tapOf(name: string): TapEntry | null {
  requireKinds('tapOf', { name }, 'text');
  return RULES.find(({ fits }) => fits(name))?.entry ?? null;
}

/**
 * Names of a tap's axes, in order; empty for an unknown name. A value with fewer axes than its entry lacks the first
 * ones, as in broadcasting: positions that are the same for all rows, say.
 * @param name of the tap: `xattn.1.attention.weights`
 * @param rank number of axes that the value has
 * @example
 * ```ts
 * axesOf('xattn.0.attention.weights', 4); // names of the four axes
 * ```
 */
export function axesOf(name: string, rank: number): readonly string[] {
  requireKinds('axesOf', { name, rank }, 'text whole');
  const dims = tapOf(name)?.dims ?? [];
  return dims.slice(Math.max(0, dims.length - rank));
}
