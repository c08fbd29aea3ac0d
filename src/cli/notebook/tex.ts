/** Formulas of notebooks as MathML, which pages show without any tool: as much of TeX as notebooks write. */

import { printableText } from '../../inspect/printable.ts';

const NAMES: Readonly<Record<string, string>> = {
  ...{ alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ', epsilon: 'ε', eta: 'η', theta: 'θ', kappa: 'κ', lambda: 'λ' },
  ...{ mu: 'μ', nu: 'ν', pi: 'π', rho: 'ρ', sigma: 'σ', tau: 'τ', phi: 'φ', varphi: 'φ', chi: 'χ', psi: 'ψ' },
  ...{ omega: 'ω', Delta: 'Δ', Sigma: 'Σ', Phi: 'Φ', Omega: 'Ω', ell: 'ℓ', infty: '∞', partial: '∂', nabla: '∇' },
};
const SIGNS: Readonly<Record<string, string>> = {
  ...{ cdot: '·', times: '×', div: '÷', pm: '±', top: '⊤', leftarrow: '←', rightarrow: '→', to: '→', mapsto: '↦' },
  ...{ sim: '∼', approx: '≈', neq: '≠', ne: '≠', leq: '≤', le: '≤', geq: '≥', ge: '≥', mid: '∣', in: '∈', sum: '∑' },
  ...{ prod: '∏', int: '∫', cdots: '⋯', ldots: '…', dots: '…', odot: '⊙', circ: '∘', lVert: '‖', rVert: '‖' },
  ...{ '{': '{', '}': '}', '|': '‖', '%': '%', _: '_', '#': '#', '&': '&#38;', $: '$' },
};
const SPACES: Readonly<Record<string, string>> = {
  ...{ ',': '0.17em', ':': '0.22em', ';': '0.28em', ' ': '0.33em', quad: '1em', qquad: '2em', '!': '-0.17em' },
};
const FUNCTIONS = /^(tanh|sinh|cosh|sin|cos|tan|exp|ln|log|max|min|softmax|arg|argmax|lim|det)$/;
/** Between the name of a function and what it is of. */
const THIN = '<mspace width="0.17em"/>';
const TEXTS: Readonly<Record<string, string>> = {
  ...{ text: 'mtext', mathrm: 'mi mathvariant="normal"', operatorname: 'mi mathvariant="normal"' },
};
const ACCENTS: Readonly<Record<string, string>> = { hat: '^', bar: '¯', tilde: '~', vec: '→', dot: '˙' };
const TOKEN = /\\([a-zA-Z]+|[^a-zA-Z])|([0-9]+(?:\.[0-9]+)?)|\s+|[\s\S]/gu;

/** What a table has of its own: commands may be called as what every object has, `constructor`. */
const own = (table: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
const escaped = (text: string): string => text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);
const element = (tag: string, content: string): string => `<${tag}>${content}</${tag.split(' ')[0]}>`;

/**
 * MathML of a formula.
 * @param isBlock true for one that stands by itself
 * @returns null where it holds what is not known here
 */
export function mathOf(tex: string, isBlock: boolean): string | null {
  try {
    const content = new Formula(tex).whole();
    return `<math${isBlock ? ' display="block"' : ''}>${content}</math>`;
  } catch (error) {
    if (error instanceof Unknown) return null;
    throw error;
  }
}

/** What no rule is for. */
class Unknown extends Error {}

/**
 * Takes the formulas out of Markdown, which would read their signs as its own.
 * @returns the Markdown with a mark for each, and what puts them back into the HTML made of it
 */
export function withoutFormulas(markdown: string): { text: string; putBack: (html: string) => string } {
  const formulas: string[] = [];
  const kept = (all: string, tex: string, isBlock: boolean): string => {
    const math = mathOf(tex, isBlock);
    return math === null ? all : `\uE000${formulas.push(printableText(math)) - 1}\uE001`;
  };
  const text = markdown
    .split(/(^ *```[\s\S]*?^ *```|`[^`\n]*`)/m)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part
            .replace(/\$\$([\s\S]+?)\$\$/g, (all, tex: string) => kept(all, tex, true))
            .replace(/(?<![\\$\w])\$(?=\S)([^$\n]+?)(?<=\S)\$(?![\d$])/g, (all, tex: string) => kept(all, tex, false)),
    )
    .join('');
  return {
    text,
    putBack: (html) => html.replace(/\uE000(\d+)\uE001/g, (all, i: string) => formulas[Number(i)] ?? all),
  };
}

class Formula {
  private readonly tokens: string[];
  private at = 0;

  constructor(tex: string) {
    this.tokens = Array.from(tex.trim().matchAll(TOKEN), ([token]) => token);
  }

  /** What comes next, behind spaces; undefined at the end. */
  private peek(): string | undefined {
    while (this.tokens[this.at]?.trim() === '') this.at++;
    return this.tokens[this.at];
  }

  whole(): string {
    const content = this.row();
    if (this.peek() !== undefined) throw new Unknown(this.peek());
    return content;
  }

  /** Up to what closes it. */
  private row(): string {
    const parts: string[] = [];
    for (let token = this.peek(); token !== undefined && !/^(\}|\\right)$/.test(token); token = this.peek())
      parts.push(this.scripted());
    return element('mrow', parts.join(''));
  }

  /** One thing with what stands below and above it. */
  private scripted(): string {
    const isFunction = FUNCTIONS.test(this.peek()?.slice(1) ?? '');
    const thing = this.withScripts();
    return isFunction && !/^(\(|\\left|\}|\))$/.test(this.peek() ?? ')') ? `${thing}${THIN}` : thing;
  }

  private withScripts(): string {
    const base = this.atom();
    const [below, above] = [this.script('_'), this.script('^')];
    const low = below || this.script('_');
    if (low && above) return element('msubsup', base + low + above);
    return low ? element('msub', base + low) : above ? element('msup', base + above) : base;
  }

  private script(sign: '_' | '^'): string {
    if (this.peek() !== sign) return '';
    this.at++;
    return this.atom();
  }

  private next(): string {
    const token = this.peek();
    if (token === undefined) throw new Unknown('the end');
    this.at++;
    return token;
  }

  private atom(): string {
    const token = this.next();
    if (token === '{') return this.closed('}');
    if (token.startsWith('\\')) return this.command(token.slice(1));
    if (/^[0-9]/.test(token)) return element('mn', token);
    if (/^[\^_}&$#%~]$/.test(token)) throw new Unknown(token);
    return /^\p{L}$/u.test(token) ? element('mi', token) : element('mo', escaped(token === '-' ? '−' : token));
  }

  private closed(end: string): string {
    const content = this.row();
    if (this.next() !== end) throw new Unknown(end);
    return content;
  }

  private command(name: string): string {
    const [letter, sign, space] = [NAMES, SIGNS, SPACES].map((table) => own(table, name));
    if (letter) return element('mi', letter);
    if (sign) return element('mo', sign);
    if (space) return `<mspace width="${space}"/>`;
    if (FUNCTIONS.test(name)) return element('mi', name);
    const [tag, accent] = [own(TEXTS, name), own(ACCENTS, name)];
    if (tag) return element(tag, this.letters());
    if (accent) return `<mover accent="true">${this.atom()}<mo>${accent}</mo></mover>`;
    if (/^[dt]?frac$/.test(name)) return element('mfrac', this.atom() + this.atom());
    if (name === 'sqrt') return element('msqrt', this.atom());
    if (name === 'mathbb') return element('mi', this.letters().replace('R', 'ℝ').replace('N', 'ℕ').replace('E', '𝔼'));
    if (name === 'left') return element('mrow', this.fence() + this.closed('\\right') + this.fence());
    throw new Unknown(name);
  }

  private fence(): string {
    const token = this.next();
    const sign = token.startsWith('\\') ? own(SIGNS, token.slice(1)) : token === '.' ? '' : escaped(token);
    if (sign === undefined) throw new Unknown(token);
    return `<mo stretchy="true">${sign}</mo>`;
  }

  /** What stands in braces, as words. */
  private letters(): string {
    if (this.next() !== '{') throw new Unknown('{');
    let text = '';
    for (let token = this.tokens[this.at++]; token !== '}'; token = this.tokens[this.at++]) {
      if (token === undefined || /^[\\{$]/.test(token)) throw new Unknown(token);
      text += token;
    }
    return escaped(text.replaceAll(' ', '\u00a0'));
  }
}
