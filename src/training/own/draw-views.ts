import type { VisionEncoder } from '../../flamingo/vision-encoder.ts';
import type { Preprocessing } from '../../model/image.ts';
import { macrotask, Random } from '../../tensor/index.ts';
import { STOPPED_BEFORE, unlessTold } from '../data/in-steps.ts';
import { encodePixels } from '../features.ts';
import type { Report } from '../report.ts';
import type { OwnData } from './own-data.ts';
import type { OwnViews, TuneRecipe } from './tune-stage.ts';
import { viewsOf } from './views.ts';

/** What looks at one's own pictures. */
export interface Eye {
  readonly encoder: VisionEncoder;
  readonly preprocessing: Preprocessing;
}

/** Views of every picture; what a frozen encoder makes of them is computed once. @throws Interrupted when the signal is aborted before the last */
export async function drawViews(
  { encoder, preprocessing }: Eye,
  pictures: OwnData['pictures'],
  { seed, views, vision }: Pick<TuneRecipe, 'seed' | 'views' | 'vision'>,
  report: Report,
  signal?: AbortSignal,
): Promise<OwnViews> {
  const { size } = preprocessing;
  const root = new Random(seed).fork('views');
  const kind = vision ? 'pixels' : 'features';
  const shape = vision ? [3, size, size] : [];
  let all: Float32Array | null = null;
  report.begin({ en: 'views', ko: '그림마다 여러 모습' }, pictures.length, 0);
  for (const [i, { picture }] of pictures.entries()) {
    await macrotask();
    unlessTold(signal, STOPPED_BEFORE);
    const pixels = viewsOf(picture, preprocessing, views, root.fork(i));
    const drawn = vision ? pixels : await encodePixels(encoder.patchEmbedding.device, encoder, pixels, size);
    const each = (drawn[0] as Float32Array).length;
    if (!vision && shape.length === 0) shape.push(each / encoder.config.width, encoder.config.width);
    all ??= new Float32Array(new SharedArrayBuffer(4 * pictures.length * views * each));
    for (const [view, values] of drawn.entries()) all.set(values, (i * views + view) * each);
    report.step(i + 1, {}, 0);
  }
  report.end();
  return { kind, views, shape, memory: (all as Float32Array).buffer as SharedArrayBuffer };
}
