/** The scene of the front page, as it stands before anything moves. */

import { Html, html } from '../../src/inspect/report/html.ts';
import { explorerAddress } from './links.ts';
import type { Lang } from './places.ts';
import type { FrontScene } from './scene.ts';

const TEXTS = {
  en: {
    title: 'Move the gate',
    picture: 'Picture',
    gate: (layer: number) => `Dense gate of layer ${layer}, tanh(α)`,
    again: 'Back to the trained value',
    closed: 'At 0 the gate is closed: nothing of this branch is added to the text.',
    says: 'The model says',
    open: 'Open this in the explorer',
    how: 'The shipped weights computed each place when this page was built. The explorer computes all others.',
  },
  ko: {
    title: '게이트를 움직여 보세요',
    picture: '그림',
    gate: (layer: number) => `${layer}번 층의 피드포워드 게이트, tanh(α)`,
    again: '학습된 값으로',
    closed: '0이면 게이트가 닫혀서, 이 갈래에서는 글에 아무것도 더해지지 않아요.',
    says: '모델의 답',
    open: '이대로 탐색기에서 열기',
    how: '슬라이더의 자리마다 나오는 답은 이 페이지를 만들 때 실린 가중치로 계산해 두었어요. 나머지는 모두 탐색기가 계산해요.',
  },
} as const;

export function sceneHtml(scene: FrontScene, lang: Lang, up: string): Html {
  const text = TEXTS[lang];
  const start = scene.gates.indexOf(scene.trained);
  const choices = scene.pictures.map(
    (
      { name },
      i,
    ) => html`<label><input type="radio" name="picture" value="${i}"${i === 0 ? new Html(' checked') : null}>
<img src="${up}explorer/pictures/${name}.png" alt="${name}" width="72" height="72"></label>\n`,
  );
  const bars = (scene.pictures[0]?.answers[start] ?? []).map(
    ([word, probability]) => html`<li><span class="word">${word}</span>
<span class="bar"><span style="width:${100 * probability}%"></span></span>
<span class="number">${(100 * probability).toFixed(1)}%</span></li>\n`,
  );
  // `<` alone could end the script.
  const data = new Html(JSON.stringify(scene).replaceAll('<', '\\u003c'));
  return html`<section id="scene" aria-labelledby="scene-title">
<h2 id="scene-title">${text.title}</h2>
<div class="parts">
<fieldset><legend>${text.picture}</legend>${choices}</fieldset>
<div class="gate">
<label for="scene-gate">${text.gate(scene.layer)}</label>
<input id="scene-gate" type="range" min="0" max="${scene.gates.length - 1}" value="${start}" autocomplete="off">
<p><output for="scene-gate">${scene.trained.toFixed(2).replace('-', '\u2212')}</output>
<button type="button" hidden>${text.again}</button></p>
<p class="closed" hidden>${text.closed}</p>
</div>
<div class="answer">
<p class="said" aria-live="polite">${text.says}: <strong>${scene.pictures[0]?.answers[start]?.[0]?.[0] ?? ''}</strong></p>
<ol class="bars">${bars}</ol>
</div>
</div>
<p class="foot"><a href="${explorerAddress(up, scene.pictures[0]?.links[start] ?? '', lang)}">${text.open}</a> ${text.how}</p>
<script type="application/json" id="scene-data">${data}</script>
<script type="module" src="${up}assets/scene.js"></script>
</section>`;
}
