/** What builds the site stands in `site/node_modules`, which the root does not install: so it is imported by its place. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SITE } from './places.ts';

export interface Token {
  readonly type: string;
  readonly tag: string;
  content: string;
  readonly info: string;
  readonly level: number;
  readonly children: readonly Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

type Rule = (tokens: Token[], index: number, options: object, env: object, self: Renderer) => string;

interface Renderer {
  readonly rules: Record<string, Rule | undefined>;
  render(tokens: Token[], options: object, env: object): string;
  renderToken(tokens: Token[], index: number, options: object): string;
}

export interface Markdown {
  readonly options: object;
  readonly renderer: Renderer;
  readonly utils: { escapeHtml(text: string): string };
  parse(text: string, env: object): Token[];
  use(plugin: unknown, options: object): Markdown;
}

export interface Highlighter {
  codeToTokens(
    code: string,
    options: { lang: string; themes: Record<string, string>; defaultColor: false },
  ): { tokens: { content: string; htmlStyle?: Record<string, string> }[][] };
  getLoadedLanguages(): string[];
}

export interface Index {
  addAll(documents: readonly object[]): void;
  toJSON(): object;
}

export interface Tools {
  readonly markdown: (options: object) => Markdown;
  readonly tex: unknown;
  readonly math: (formula: string, options: object) => string;
  readonly highlighter: () => Promise<Highlighter>;
  readonly index: (options: object) => Index;
  /** The file of the search library for pages. */
  readonly searchLibrary: string;
}

export async function openTools(): Promise<Tools> {
  const { resolve } = createRequire(join(SITE, 'package.json'));
  const get = async <T>(name: string): Promise<T> => (await import(pathToFileURL(resolve(name)).href)) as T;
  const Markdown = (await get<{ default: new (options: object) => Markdown }>('markdown-it')).default;
  const { tex } = await get<{ tex: unknown }>('@mdit/plugin-tex');
  const temml = await get<{ default: { renderToString(formula: string, options: object): string } }>('temml');
  const Index = (await get<{ default: new (options: object) => Index }>('minisearch')).default;
  const shiki = join(SITE, 'node_modules/shiki/dist/index.mjs');
  const { createHighlighter } = (await import(pathToFileURL(shiki).href)) as {
    createHighlighter(options: object): Promise<Highlighter>;
  };
  return {
    markdown: (options) => new Markdown(options),
    tex,
    math: (formula, options) => temml.default.renderToString(formula, options),
    highlighter: () => createHighlighter({ themes: Object.values(THEMES), langs: LANGUAGES }),
    index: (options) => new Index(options),
    searchLibrary: join(SITE, 'node_modules/minisearch/dist/es/index.js'),
  };
}

export const THEMES = { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' } as const;
const LANGUAGES = ['ts', 'js', 'json', 'html', 'sh', 'python', 'jsonc'];
