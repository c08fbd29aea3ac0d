/** The front page's scene: a gate that moves, and the answers that the shipped model gave at each of its places. */

const scene = document.querySelector('#scene');
const { question, trained, gates, pictures } = JSON.parse(document.querySelector('#scene-data').textContent);
const range = scene.querySelector('input[type=range]');
const value = scene.querySelector('output');
const back = scene.querySelector('button');
const closed = scene.querySelector('.closed');
const said = scene.querySelector('.said strong');
const bars = [...scene.querySelectorAll('.bars li')];
const link = scene.querySelector('.foot a');
const address = link.getAttribute('href').split('#')[0];
const language = document.documentElement.lang === 'ko' ? '&lang=ko' : '';
const start = gates.indexOf(trained);

function show() {
  const place = Number(range.value);
  const chosen = Number(scene.querySelector('[type=radio]:checked').value);
  const { answers, links } = pictures[chosen];
  const written = gates[place].toFixed(2).replace('-', '\u2212');
  value.textContent = written;
  range.setAttribute('aria-valuetext', written);
  back.hidden = place === start;
  closed.hidden = gates[place] !== 0;
  said.textContent = answers[place][0]?.[0] || '…';
  bars.forEach((bar, i) => {
    const [text, probability] = answers[place][i] ?? ['', 0];
    bar.querySelector('.word').textContent = text || '…';
    bar.querySelector('.bar span').style.width = `${100 * probability}%`;
    bar.querySelector('.number').textContent = `${(100 * probability).toFixed(1)}%`;
  });
  link.href = `${address}#${links[place]}${language}`;
  scene.dataset.question = question;
}

scene.addEventListener('input', show);
back.addEventListener('click', () => {
  range.value = String(start);
  show();
  range.focus();
});
show();
