import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mathOf, withoutFormulas } from '../../src/cli/notebook/tex.ts';

const notebooks = new URL('../../notebooks/', import.meta.url);

it.each([
  ['x_i^2', '<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>'],
  ['\\alpha = -0.5', '<mi>α</mi><mo>=</mo><mo>−</mo><mn>0.5</mn>'],
  ['\\frac{a b}{2}', '<mfrac><mrow><mi>a</mi><mi>b</mi></mrow><mrow><mn>2</mn></mrow></mfrac>'],
  ['\\text{of this } y', '<mtext>of\u00a0this\u00a0</mtext><mi>y</mi>'],
  ['\\tanh^2 x', '<msup><mi>tanh</mi><mn>2</mn></msup><mspace width="0.17em"/><mi>x</mi>'],
  ['\\tanh(x)', '<mi>tanh</mi><mo>(</mo><mi>x</mi><mo>)</mo>'],
  ['\\left( a \\right)', '<mrow><mo stretchy="true">(</mo><mrow><mi>a</mi></mrow><mo stretchy="true">)</mo></mrow>'],
  ['a < b', '<mi>a</mi><mo>&#60;</mo><mi>b</mi>'],
])('%s is MathML', (tex, math) => {
  expect(mathOf(tex, false)?.replace(/^<math><mrow>|<\/mrow><\/math>$/g, '')).toBe(math);
});

it.each([
  '\\begin{matrix}',
  '{a',
  'a}',
  'x^',
  '\\left( a',
  '\\text{a\\b}',
  'a & b',
  '\\',
  '\\constructor',
  '\\left\\valueOf a\\right)',
])('%s stays as it is', (tex) => {
  expect(mathOf(tex, true)).toBeNull();
  expect(withoutFormulas(`$$${tex}$$`).text).toBe(`$$${tex}$$`);
});

it('leaves code and prices alone', () => {
  const text = 'From $5 to $6, `$a$` and \\$b$, or\n```\n$c$\n```\n';
  expect(withoutFormulas(text).text).toBe(text);
});

it('shows signs that turn the reading direction as text', () => {
  const { text, putBack } = withoutFormulas('$a\u202eb$');
  expect(putBack(text)).toContain('<mo>\\u202e</mo>');
});

it('puts formulas back where they stood', () => {
  const { text, putBack } = withoutFormulas('$a_b$ *and* $c_d$');
  expect(text).not.toContain('_');
  const [first, second] = [mathOf('a_b', false), mathOf('c_d', false)];
  expect(putBack(text)).toBe(`${first} *and* ${second}`);
  expect(putBack('\ue00077\ue001')).toBe('\ue00077\ue001');
});

it('knows every formula of the notebooks', () => {
  const left = readdirSync(notebooks)
    .filter((name) => name.endsWith('.ipynb'))
    .flatMap((name) => JSON.parse(readFileSync(new URL(name, notebooks), 'utf8')).cells)
    .filter(({ cell_type }) => cell_type === 'markdown')
    .flatMap(({ source }) => withoutFormulas([source].flat().join('')).text.replace(/```[\s\S]*?```|`[^`\n]*`/g, ''))
    .flatMap((text) => text.match(/\$[^$]+\$/g) ?? []);
  expect(left).toEqual([]);
});
