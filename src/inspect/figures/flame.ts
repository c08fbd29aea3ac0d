import { requireKinds } from '../../files/kinds.ts';
import { type ForwardProfile, type Frame, frames, type Profile } from '../profile.ts';
import type { FigureOptions } from './options.ts';
import { draw, type Mark, type Panel, type Plot } from './sheet.ts';
import { colour, series } from './theme.ts';
import { textWidth, type Word, words } from './words.ts';

const WIDTH = 1100;
const ROW = 22;
const GAP = 34;

/**
 * Where the time of a prompt and of a token after it goes: stretches of time, and within them what they consist of.
 * @param profile as `profile` gives it
 * @returns an SVG
 * @example
 * ```ts
 * const svg = await flame(await profile(model, prompt, { repeats: 1, warmUp: 0 }));
 * ```
 */
export function flame(profile: Profile, options: FigureOptions = {}): Promise<string> {
  requireKinds('flame', { profile, options }, '{prompt,token} {}');
  const { prompt, token } = profile;
  const say = words(options.lang ?? 'en');
  const rows = (forward: ForwardProfile): number => Math.max(0, ...frames(forward).map(({ depth }) => depth + 1));
  const height = (forward: ForwardProfile): number => rows(forward) * ROW + 44;
  const top = GAP + height(prompt) + GAP;
  return draw(
    {
      title: say('flame'),
      note: say('flameNote'),
      width: WIDTH,
      height: top + height(token),
      panels: (Plot) => [
        panel(Plot, prompt, { y: GAP, height: height(prompt), title: say('flamePrompt') }, say),
        panel(Plot, token, { y: top, height: height(token), title: say('flameToken') }, say),
      ],
    },
    options,
  );
}

function panel(
  Plot: Plot,
  forward: ForwardProfile,
  { y, height, title }: { readonly y: number; readonly height: number; readonly title: string },
  say: (word: Word) => string,
): Panel {
  const all = frames(forward);
  const total = Math.max(0, ...all.map(({ end }) => end));
  const pixels = ({ start, end }: Frame): number => ((end - start) / total) * (WIDTH - 2);
  const parts = [...new Set(all.map(({ path }) => path[0] as string))];
  const label = ({ depth, label }: Frame): string =>
    depth === 1 && /^\d+$/.test(label) ? say('layerNumber').replace('{n}', label) : label;
  const ms = ({ start, end }: Frame): string =>
    `${(end - start).toPrecision(3)} ms, ${((100 * (end - start)) / total).toFixed(1)}%`;
  const marks: Mark[] = [
    Plot.rect(all, {
      x1: 'start',
      x2: 'end',
      y1: 'depth',
      y2: (frame: Frame) => frame.depth + 1,
      fill: { value: (frame: Frame) => series(parts.indexOf(frame.path[0] as string)).colour, scale: null },
      fillOpacity: { value: (frame: Frame) => (frame.depth % 2 === 0 ? 0.35 : 0.2), scale: null },
      stroke: colour('paper'),
      title: (frame: Frame) => `${frame.path.join(' · ')}: ${ms(frame)}`,
    }),
    Plot.text(all, {
      x: (frame: Frame) => (frame.start + frame.end) / 2,
      y: (frame: Frame) => frame.depth + 0.5,
      text: label,
      filter: (frame: Frame) => textWidth(label(frame)) + 6 < pixels(frame),
    }),
  ];
  return {
    x: 0,
    y,
    title: `${title}: ${forward.milliseconds.toPrecision(3)} ms`,
    plot: {
      width: WIDTH,
      height,
      marginLeft: 1,
      marginRight: 1,
      marginTop: 2,
      marginBottom: 40,
      x: { domain: [0, total], label: 'ms', labelAnchor: 'center', labelArrow: 'none' },
      y: { axis: null, domain: [Math.max(1, ...all.map(({ depth }) => depth + 1)), 0] },
      marks,
    },
  };
}
