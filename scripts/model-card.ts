// Writes the card of the shipped weights in English and Korean, and its figure, from the files in weights/:
//
//     npm run model-card

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type ReliabilityPanel, reliabilityDiagram } from '../src/inspect/index.ts';
import type { Row } from '../src/training/evaluation-rows.ts';
import { writeWhole } from '../src/training/files.ts';
import { readArguments } from './arguments.ts';
import { type Facts, readFacts } from './model-card/facts.ts';
import { find, type Language, TABLES } from './model-card/tables.ts';

const folder = fileURLToPath(new URL('../weights/', import.meta.url));
const FILES: Readonly<Record<Language, string>> = { en: 'README.md', ko: 'README.ko.md' };

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function words({ rows, training, split, parameters, bytes, temperature, earlier }: Facts): Record<string, string> {
  const { icons } = training;
  return {
    PARAMETERS: parameters.toLocaleString('en'),
    SIZE: megabytes(bytes.model),
    TOWER: megabytes(bytes.textTower),
    TEMPERATURE: String(temperature),
    SEEN: String(split.seen.length),
    NOVEL: String(split.novel.length),
    DEVELOPMENT: String(split.development.length),
    EXCLUDED: String(split.excluded.length),
    VISION: String(split.vision.length),
    KINDS: String(Math.round(1 / (find(rows, { task: 'kind' })?.chance ?? 1))),
    PICTURES: training.pictures.toLocaleString('en'),
    ICONS: icons.concepts.toLocaleString('en'),
    LEAKED: icons.leaked.toLocaleString('en'),
    MACHINE: training.machine,
    SEED: String(training.seed),
    DATE: training.date,
    MINUTES: String(training.stages.reduce((sum, { minutes }) => sum + minutes, 0)),
    CARD_RUNS: String(training.cardRuns),
    EARLIER: earlier?.how ?? '',
  };
}

/** The card's texts by file name. */
export function cards(facts: Facts, templates: Readonly<Record<Language, string>>): Map<string, string> {
  const simple = words(facts);
  return new Map(
    (Object.keys(FILES) as Language[]).map((lang) => {
      const fill = (_: string, name: string): string => {
        const text = simple[name] ?? TABLES[name]?.(facts, lang);
        if (text === undefined) throw new Error(`the template of ${FILES[lang]} names ${name}, which is not known`);
        return text;
      };
      return [FILES[lang], templates[lang].replace(/\{\{(\w+)\}\}/g, fill)] as const;
    }),
  );
}

/** Confidence in English names without shots, on pictures of both kinds of styles. */
export async function reliability({ rows }: Facts, lang: Language): Promise<string> {
  const titles: Record<Row['style'], Record<Language, string>> = {
    seen: { en: 'style seen in training', ko: '학습에서 본 화풍' },
    held: { en: 'held style', ko: '처음 보는 화풍' },
    development: { en: 'development', ko: '개발용' },
    drawings: { en: 'other drawings', ko: '다른 그림' },
  };
  const panels = (['seen', 'held'] as const).flatMap((style): ReliabilityPanel[] => {
    const row = find(rows, {
      task: 'naming',
      language: 'en',
      shots: 0,
      control: null,
      measure: 'greedy',
      style,
      form: undefined,
    });
    if (!row?.confidence) return [];
    const { before, after } = row.confidence;
    return [{ title: titles[style][lang], before: before.bins, after: after.bins }];
  });
  return reliabilityDiagram(panels, { lang });
}

export async function readTemplates(): Promise<Record<Language, string>> {
  const template = (name: string): Promise<string> => readFile(new URL(`model-card/${name}`, import.meta.url), 'utf8');
  return { en: await template('template.md'), ko: await template('template.ko.md') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readArguments(
    'npm run model-card: writes the card of the shipped weights in English and Korean, and its figure, from the files in weights/.',
    {},
  );
  const facts = await readFacts(folder);
  for (const [name, text] of cards(facts, await readTemplates())) await writeWhole(`${folder}${name}`, text);
  for (const lang of ['en', 'ko'] satisfies Language[])
    await writeWhole(`${folder}reliability.${lang}.svg`, `${await reliability(facts, lang)}\n`);
}
