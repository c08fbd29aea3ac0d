/** Markdown as HTML, and as the pieces of text that the search knows. */

import { type Highlighter, type Markdown, THEMES, type Token, type Tools } from './tools.ts';

/** A heading with the text below it, up to the next heading. */
export interface Section {
  /** Empty for what stands below the title. */
  readonly id: string;
  readonly title: string;
  readonly level: number;
  text: string;
}

export interface Rendered {
  readonly html: string;
  readonly sections: readonly Section[];
}

/** Tags that Markdown of the repository holds; all else that looks like one, such as <image>, is text. */
const TAGS = /^<\/?(a|br|details|summary|div|sub|sup)\b/;

/** As GitHub makes them, so that links within the repository's pages hold here too. */
export function slugOf(heading: string): string {
  const letters = heading
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replace(/<[^>]*>/g, '');
  return letters.replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-');
}

/** Figures scroll by themselves, by the keyboard too: scaled to a telephone, their words would be too small to read. */
export function scrolling(html: string): string {
  return html.replace(/<img src="[^"]*\.svg"[^>]*>/g, '<span class="figure" tabindex="0">$&</span>');
}

/** Characters from which a cell is prose, and gets more room. */
const PROSE = 48;

/**
 * Intervals in cells of tables stay whole, `[94, 99]` or `(.94 to .99)`, however narrow the column is, and prose is `long`. Code without a
 * space that would make a column very wide may break behind brackets, commas and slashes.
 */
export const unbroken = (html: string): string =>
  html.replace(/<td.*?<\/td>/gs, (cell) =>
    (cell.replace(/<[^>]*>/g, '').length < PROSE ? cell : cell.replace('<td', '<td class="long"'))
      .replace(/\[(-?[\d.]+), (-?[\d.]+)\]/g, '[$1,\u00a0$2]')
      .replace(/\([−-]?[\d.]+( to |–|~)[−-]?[\d.]+\)/g, '<span class="whole">$&</span>')
      .replace(/(?<=<code>)[^<]*(?=<\/code>)/g, (code) =>
        code.replace(/\S{28,}/g, (name) => name.replace(/(?<=[(,/])(?=[^\s)])/g, '<wbr>')),
      ),
  );

/** The longest code, in characters, that no line breaks. */
const SHORT_CODE = 12;

/**
 * Short code stays whole, and so does an option: `--shots` broken behind its dashes reads as two words.
 * @param code as HTML
 */
export const inlineCode = (code: string): string =>
  code.length <= SHORT_CODE && /[\s-]/.test(code)
    ? `<code class="whole">${code}</code>`
    : `<code>${code.replace(/(?<=^|\s)--?\w[\w-]*/g, '<span class="whole">$&</span>')}</code>`;

export class Pages {
  /** Colours of code, light and dark, and the class that stands for each. */
  readonly #colours = new Map<string, string>();
  readonly #markdown: Markdown;
  readonly #highlighter: Highlighter;
  /** A formula in plain characters. */
  readonly #formula: (tex: string) => string;

  static async open(tools: Tools): Promise<Pages> {
    return new Pages(tools, await tools.highlighter());
  }

  private constructor(tools: Tools, highlighter: Highlighter) {
    this.#highlighter = highlighter;
    this.#formula = (tex) => tools.math(tex, { throwOnError: true }).replace(/<[^>]*>/g, '');
    const markdown = tools.markdown({ html: true, linkify: true, highlight: this.#code.bind(this) });
    markdown.use(tools.tex, {
      render: (formula: string, displayMode: boolean) => {
        const math = tools.math(formula, { displayMode, throwOnError: true });
        return displayMode ? math.replace('<math', '<math tabindex="0"') : math;
      },
    });
    const { rules } = markdown.renderer;
    for (const rule of ['html_inline', 'html_block'])
      rules[rule] = (tokens, i) => {
        const { content } = tokens[i] as Token;
        return TAGS.test(content.trim()) ? content : markdown.utils.escapeHtml(content);
      };
    rules.code_inline = (tokens, i) => inlineCode(markdown.utils.escapeHtml((tokens[i] as Token).content));
    // Wide tables and code scroll by themselves, by the keyboard too.
    rules.table_open = () => '<div class="wide" tabindex="0"><table>\n';
    rules.table_close = () => '</table></div>\n';
    rules.fence = (tokens, i) => this.#code((tokens[i] as Token).content, (tokens[i] as Token).info.trim());
    rules.code_block = (tokens, i) => this.#code((tokens[i] as Token).content, '');
    this.#markdown = markdown;
  }

  /**
   * @param addressOf what a link or a picture's place becomes
   * @param programs whether the search knows what stands in code
   */
  render(text: string, addressOf: (target: string) => string, programs: boolean): Rendered {
    const env = {};
    const tokens = this.#markdown.parse(text, env);
    for (const { children } of tokens)
      for (const token of children ?? []) {
        const name = token.type === 'link_open' ? 'href' : token.type === 'image' ? 'src' : null;
        if (name) token.attrSet(name, addressOf(token.attrGet(name) ?? ''));
        if (token.type === 'image') token.attrSet('loading', 'lazy');
      }
    const sections = sectionsOf(tokens, programs, this.#formula);
    const html = this.#markdown.renderer.render(tokens, this.#markdown.options, env);
    // A heading of a column that says nothing is no heading.
    return { html: unbroken(scrolling(html).replace(/<th( style="[^"]*")?><\/th>/g, '<td></td>')), sections };
  }

  #code(code: string, language: string): string {
    const { escapeHtml } = this.#markdown.utils;
    const known = this.#highlighter.getLoadedLanguages().includes(language);
    if (!known) return `<pre tabindex="0"><code>${escapeHtml(code)}</code></pre>\n`;
    const { tokens } = this.#highlighter.codeToTokens(code.trimEnd(), {
      lang: language,
      themes: THEMES,
      defaultColor: false,
    });
    const lines = tokens.map((line) =>
      line.map(({ content, htmlStyle }) => coloured(escapeHtml(content), this.#classOf(htmlStyle ?? {}))).join(''),
    );
    return `<pre class="code" tabindex="0"><code>${lines.join('\n')}</code></pre>\n`;
  }

  #classOf(style: Readonly<Record<string, string>>): string {
    const rule = `color:light-dark(${style['--shiki-light'] ?? 'inherit'},${style['--shiki-dark'] ?? 'inherit'})`;
    const known = this.#colours.get(rule);
    if (known !== undefined) return known;
    const name = `k${this.#colours.size}`;
    this.#colours.set(rule, name);
    return name;
  }

  /** The classes of code, once all pages are rendered. */
  get styles(): string {
    return [...this.#colours].map(([rule, name]) => `.${name}{${rule}}\n`).join('');
  }
}

const coloured = (text: string, name: string): string =>
  text.trim() === '' ? text : `<span class="${name}">${text}</span>`;

/** Headings that name parts of every function are no places of their own. */
const PARTS =
  /^(parameters?|returns|examples?|properties|methods|accessors|constructors?|type parameters|throws|extends|overrides|inherited from|implementation of|call signature|get signature|set signature|see|references|indexable|default value|extended by|implements)$/i;

/** Gives every heading its id, and collects the text below it. */
function sectionsOf(tokens: readonly Token[], programs: boolean, formula: (tex: string) => string): Section[] {
  const ids = new Map<string, number>();
  const sections: Section[] = [{ id: '', title: '', level: 1, text: '' }];
  tokens.forEach((token, i) => {
    if (token.type === 'heading_open') {
      const title = plain(tokens[i + 1] as Token, formula);
      const slug = slugOf(plain(tokens[i + 1] as Token, () => ''));
      const times = ids.get(slug) ?? 0;
      ids.set(slug, times + 1);
      const id = times === 0 ? slug : `${slug}-${times}`;
      token.attrSet('id', id);
      const level = Number(token.tag.slice(1));
      if (level === 1 || PARTS.test(title)) return;
      const named = /<a id="([^"]+)">/.exec((tokens[i + 1] as Token).content)?.[1];
      sections.push({ id: named ?? id, title, level, text: '' });
    } else if (token.type === 'inline' && tokens[i - 1]?.type !== 'heading_open') {
      (sections.at(-1) as Section).text += `${plain(token, formula)}\n`;
    } else if (programs && (token.type === 'fence' || token.type === 'code_block')) {
      (sections.at(-1) as Section).text += `${token.content}\n`;
    }
  });
  return sections;
}

function plain({ children, content }: Token, formula: (tex: string) => string): string {
  if (!children) return content;
  const texts = children.map((child) => {
    if (child.type === 'text' || child.type === 'code_inline') return child.content;
    if (child.type.startsWith('math')) return formula(child.content);
    if (child.type === 'softbreak' || child.type === 'hardbreak') return ' ';
    return child.type === 'html_inline' && !TAGS.test(child.content) ? child.content : '';
  });
  return texts.join('').trim();
}
