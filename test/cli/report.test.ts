import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseHTML } from 'linkedom';
import { afterAll, describe, expect, test } from 'vitest';
import { BudgetError, type Prompt, parsePrompt, readPicture, tapOf } from '../../src/flamingo.ts';
import { histogram, PATCH_MAP_TAPS, tapSummaries, wordPatchMap } from '../../src/inspect/index.ts';
import { lastNumber, number, panels, shapes } from '../inspect/read-svg.ts';
import { at } from '../inspect/support.ts';
import { EXAMPLES, runWithShipped, shippedModel } from './support.ts';

const OWN = fileURLToPath(new URL('../../examples/own.json', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
afterAll(() => rmSync(folder, { recursive: true }));

const out = (name: string): string => join(folder, name);

async function pageOf(argv: readonly string[], name: string): Promise<string> {
  const result = await runWithShipped(['report', ...argv, '--out', out(name)]);
  expect([result.code, result.err]).toEqual([0, '']);
  expect(result.out).toContain(out(name));
  return readFileSync(out(name), 'utf8');
}

const parsed = (page: string): Document => parseHTML(page).document as unknown as Document;
const all = (root: Document | Element, selector: string): Element[] => Array.from(root.querySelectorAll(selector));
const text = (element: Element | null): string => element?.textContent ?? '';
/** Cells of the tables of a section, row by row, names of rows and columns left out. */
const cells = (document: Document, selector: string): string[][] =>
  all(document, `${selector} tbody tr`).map((row) => all(row, 'td').map(text));
/** What ids, names of axes and sentences may add is left out: the numbers of tables and of figures. */
const numbers = (document: Document): string[] =>
  all(document, 'td, svg title')
    .flatMap((element) => text(element).match(/[+−]?\d[\d.e−-]*/g) ?? [])
    .filter((found) => found !== '');

const { sequence, candidates = [] } = parsePrompt(JSON.parse(readFileSync(OWN, 'utf8')));
const prompt: Prompt = {
  sequence: sequence.map((item) => ('image' in item ? { image: join(EXAMPLES, '..', item.image) } : item)),
};
const model = await shippedModel();
const run = await model.run(prompt, { capture: ['**'] });
const page = await pageOf(['--prompt', OWN], 'own.html');
const document = parsed(page);
const [LAYERS, TOKENS] = [[0, 1, 2, 3], run.get('mask.text_time').shape[1] as number];
const KINDS = ['attention', 'dense'] as const;

function norm(name: string, token: number): number {
  const width = run.get(name).shape.at(-1) as number;
  return Math.hypot(...run.get(name).data.subarray(token * width, (token + 1) * width));
}

/** sign(gate) |contribution| / |what it is added to|; null where no image is seen. */
function contribution(layer: number, kind: (typeof KINDS)[number], token: number): number | null {
  if (kind === 'attention' && at(run, 'mask.text_time', 0, token) === 0) return null;
  const before = layer === 0 ? 'lm.embeddings.out' : `lm.layers.${layer - 1}.residual.post`;
  const residual = kind === 'attention' ? before : `xattn.${layer}.residual.mid`;
  const added = norm(`xattn.${layer}.contribution.${kind}`, token) / norm(residual, token);
  return added * Math.sign(at(run, `xattn.${layer}.gate.${kind}`, 0));
}

test.each(['report', 'profile'])('%s does not replace a file that it reads', async (command) => {
  const picture = join(EXAMPLES, 'panda.png');
  const [copy, link] = [out(`${command}.png`), out(`${command}-link.png`)];
  copyFileSync(picture, copy);
  symlinkSync(copy, link);
  for (const [image, name] of [
    [copy, copy],
    [copy, link],
    [pathToFileURL(copy).href, copy],
  ] as const) {
    const { code, err } = await runWithShipped([command, '--image', image, '--text', 'name :', '--out', name]);
    expect([code, err]).toEqual([2, expect.stringContaining(`--out: '${name}' is read by the same command`)]);
  }
  expect(readFileSync(copy).equals(readFileSync(picture))).toBe(true);
});

describe('a report', () => {
  test('shows the answer, its alternatives and the ranking', async () => {
    const answer = await model.answer({ ...prompt, candidates }, { likely: 5 });
    expect(text(document.querySelector('.said.answer'))).toBe(`→ ${answer.text}`);
    const [likely = [], first = [], ranked = []] = all(document, '#answer table').map((table) =>
      all(table, 'tbody tr').map((row) => all(row, 'td').map((cell) => number(text(cell)))),
    );
    answer.alternatives.forEach(({ probability }, i) => {
      expect(first[i]?.[0]).toBeCloseTo(probability, 3);
    });
    answer.likely?.forEach(({ probability }, i) => {
      expect(likely[i]?.[0]).toBeCloseTo(probability, 3);
    });
    const best = [...(answer.candidates ?? [])].sort((a, b) => b.logProbability - a.logProbability);
    expect(all(document, '#answer table:last-of-type tbody th').map(text)).toEqual(
      expect.arrayContaining(best.map((candidate) => candidate.text)),
    );
    best.forEach(({ logProbability, tokens }, i) => {
      expect(ranked[i]?.[0]).toBeCloseTo(logProbability, 3);
      expect(ranked[i]?.[1]).toBe(tokens);
    });
  });

  test('holds each picture, and what the vision encoder gets of it', async () => {
    const images = all(document, '#answer img');
    expect(images.map((image) => image.getAttribute('alt'))).toEqual(
      ['flamingo', 'trumpet', 'trumpet-2'].flatMap((name, i) => [
        `image ${i}: ${name}.png`,
        `image ${i}: ${name}.png, as the vision encoder gets it: 32 × 32 pixels`,
      ]),
    );
    const { mean, std } = model.config.preprocessing;
    for (const image of [0, 1, 2]) {
      const href = images[2 * image + 1]?.getAttribute('src') as string;
      const { rgba } = await readPicture(Buffer.from(href.replace('data:image/png;base64,', ''), 'base64'), 'it');
      for (let i = 0; i < 1024; i += 7)
        for (const c of [0, 1, 2]) {
          const seen = at(run, 'vision.pixels', image, c, Math.floor(i / 32), i % 32);
          const pixel = ((rgba[4 * i + c] as number) / 255 - (mean[c] as number)) / (std[c] as number);
          expect(pixel).toBeCloseTo(seen, 5);
        }
    }
  });

  test('scores the answer with each gate closed', async () => {
    const { text: answer } = await model.answer(prompt);
    const scored = async (edit: { at: string; set: number }[]) => {
      const closed = await model.answer({ ...prompt, candidates: [answer] }, { edit });
      return { text: closed.text, log: closed.candidates?.[0]?.logProbability as number };
    };
    const before = (await scored([])).log;
    const rows = all(document, '#why tbody tr').slice(1);
    expect(rows).toHaveLength(3 * LAYERS.length);
    for (const row of rows) {
      const [, layer, gate] = /^layer (\d), (attention|dense|both gates)$/.exec(text(row.querySelector('th'))) ?? [];
      const closed = await scored([{ at: `xattn.${layer}.gate.${gate === 'both gates' ? '*' : gate}`, set: 0 }]);
      const [log = '', change = '', , then] = all(row, 'td').map(text);
      expect(number(log)).toBeCloseTo(closed.log, 2.9);
      expect(number(change)).toBeCloseTo(closed.log - before, 2.9);
      expect(then).toBe(closed.text);
    }
    const single = rows.find((row) => !text(row).includes('both'));
    const [, layer, gate] = /^layer (\d), (\w+)/.exec(text(single?.querySelector('th') ?? null)) ?? [];
    expect(text(document.querySelector('.verdict'))).toContain(`Layer ${layer}’s ${gate} gate speaks most`);
    expect(text(document.querySelector('.lead'))).toContain(text(document.querySelector('.verdict')));
  });

  test('draws and lists the gates, and what each adds to each token', () => {
    const gates = cells(document, '#figure-gates');
    LAYERS.forEach((layer) => {
      KINDS.forEach((kind, i) => {
        expect(number(gates[layer]?.[i] ?? '')).toBeCloseTo(at(run, `xattn.${layer}.gate.${kind}`, 0), 3);
      });
    });
    const added = cells(document, '#figure-contributions');
    const drawn = new Map(
      all(document, '#figure-contributions svg g.panel title').map((title) => {
        const [name = '', value = ''] = text(title).split(': ').slice(-2);
        return [text(title).slice(0, -value.length - 2) || name, value];
      }),
    );
    expect(added).toHaveLength(TOKENS);
    const names = all(document, '#figure-contributions tbody th').map(text);
    for (let token = 0; token < TOKENS; token++)
      LAYERS.forEach((layer) => {
        KINDS.forEach((kind, i) => {
          const expected = contribution(layer, kind, token);
          const listed = added[token]?.[2 * layer + i];
          const mark = drawn.get(`${names[token]}, layer ${layer}, ${kind}`) ?? 'missing';
          if (expected === null) expect([listed, mark]).toEqual(['–', 'sees no image']);
          else for (const written of [listed, mark]) expect(number(written as string)).toBeCloseTo(expected, 3.9);
        });
      });
    const bars = panels(document.querySelector('#figure-gates svg')?.outerHTML ?? '')[0] as Element;
    const titles = shapes(bars, 'g[aria-label="bar"] rect').map(({ title }) => lastNumber(title));
    const trained = LAYERS.flatMap((layer) => KINDS.map((kind) => at(run, `xattn.${layer}.gate.${kind}`, 0)));
    expect(titles).toHaveLength(trained.length);
    for (const value of trained) expect(Math.min(...titles.map((title) => Math.abs(title - value)))).toBeLessThan(6e-4);
  });

  test('tells which image each token sees', () => {
    const rows = cells(document, '#figure-ribbon');
    expect(rows).toHaveLength(TOKENS);
    rows.forEach(([latest, , allowed], token) => {
      const time = at(run, 'mask.text_time', 0, token);
      const seen = [0, 1, 2].filter((image) => at(run, 'mask.allowed', 0, token, image) > 0);
      expect(latest).toBe(time === 0 ? '–' : String(time - 1));
      expect(allowed).toBe(seen.join(', ') || '–');
    });
  });

  test('maps words to patches, and covers them', async () => {
    const shares = wordPatchMap(await model.run(prompt, { capture: PATCH_MAP_TAPS }), TOKENS - 1, {
      rows: 4,
      columns: 4,
    }).images[0]?.patches as readonly number[];
    const listed = cells(document, '#figure-looks').flat();
    expect(listed).toHaveLength(32);
    const titles = all(document, '#figure-looks svg g.panel title').map((title) => lastNumber(text(title)));
    const where = { picture: 2, row: [24, 25, 26, 27, 28, 29, 30, 31], column: [8, 9, 10, 11, 12, 13, 14, 15] };
    const covered = await model.run(prompt, { capture: ['logits'], edit: [{ at: 'vision.pixels', set: 0, where }] });
    const id = run.next?.id as number;
    const change =
      Math.log(covered.next?.probabilities[id] as number) - Math.log(run.next?.probabilities[id] as number);
    shares.forEach((share, patch) => {
      expect(number(listed[16 + patch] as string)).toBeCloseTo(share, 3);
      expect(titles[16 + patch]).toBeCloseTo(share, 3);
    });
    expect(Math.abs(change)).toBeGreaterThan(1e-5);
    expect(number(listed[13] as string)).toBeCloseTo(change, 3);
    expect(titles[13]).toBeCloseTo(change, 3);
    const [least, most] = [Math.min(...shares), Math.max(...shares)].map((share) => `${(100 * share).toFixed(1)}%`);
    expect(text(document.querySelector('#figure-looks svg'))).toContain(`${least}–${most}`);
  });

  test('shows the heads of the block whose attention adds most to the last token', () => {
    const last = (layer: number): number => Math.abs(contribution(layer, 'attention', TOKENS - 1) as number);
    const strongest = LAYERS.reduce((most, layer) => (last(layer) > last(most) ? layer : most));
    expect(text(document.querySelector('#heads h2'))).toBe(`Attention, head by head, before layer ${strongest}`);
    const name = `xattn.${strongest}.attention.weights`; // [b, heads, n, m l]
    const [, heads = 0, , keys = 0] = run.get(name).shape;
    const titles = all(document, '#figure-heads svg g.panel').map((panel) =>
      all(panel, 'title').map((title) => text(title).slice(text(title).lastIndexOf(': ') + 2)),
    );
    const tables = all(document, '#figure-heads table');
    expect([tables.length, titles.length]).toEqual([heads, heads]);
    let drawn = 0;
    tables.forEach((table, head) => {
      all(table, 'tbody tr').forEach((row, token) => {
        const listed = all(row, 'td').map(text);
        expect(listed).toHaveLength(keys);
        listed.forEach((cell, key) => {
          const image = Math.floor(key / (keys / 3));
          if (at(run, 'mask.allowed', 0, token, image) === 0) expect(cell).toBe('–');
          else expect(number(cell)).toBeCloseTo(at(run, name, 0, head, token, key), 3.9);
        });
      });
      expect(titles[head]?.sort()).toEqual(all(table, 'td').map(text).sort());
      drawn += titles[head]?.length ?? 0;
    });
    expect(drawn).toBe(heads * TOKENS * keys);
  });

  test('the last column of the logit lens is what the logits say, tempered as answers are', () => {
    const { temperature = 1 } = model.config;
    const vocabulary = run.get('logits').shape[2] as number;
    cells(document, '#figure-lens').forEach((row, token) => {
      expect(row).toHaveLength(LAYERS.length);
      const raw = run.get('logits').data.subarray(token * vocabulary, (token + 1) * vocabulary);
      const logits = Array.from(raw, (logit) => logit / temperature);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      const best = [...logits].sort((a, b) => b - a).slice(0, 3);
      const said = Array.from(row.at(-1)?.matchAll(/[\d.]+%/g) ?? [], ([written]) => number(written));
      best.forEach((logit, i) => {
        expect(said[i]).toBeCloseTo(Math.exp(logit) / total, 3);
      });
    });
  });

  test('lists every value, with the numbers of its tap and what the registry says of it', () => {
    const rows = all(document, '#taps tbody tr');
    expect(rows.map((row) => text(row.querySelector('summary')))).toEqual(run.names);
    const close = (written: string, value: number): void =>
      expect(Math.abs(number(written) - value)).toBeLessThanOrEqual(Math.abs(value) * 0.006 + 1e-12);
    for (const [i, name] of run.names.entries()) {
      const { data, shape, dims } = run.get(name);
      const [spread, mean = '', std = '', min = '', max = '', axes] = all(rows[i] as Element, 'td').map(text);
      const expected = data.reduce((sum, x) => sum + x, 0) / data.length;
      // A mean of float32 numbers that nearly cancel is as exact as their sum.
      expect(Math.abs(number(mean) - expected), name).toBeLessThan(Math.abs(expected) * 0.006 + 1e-6);
      close(std, Math.sqrt(data.reduce((sum, x) => sum + (x - expected) ** 2, 0) / data.length));
      close(
        min,
        data.reduce((a, b) => Math.min(a, b)),
      );
      close(
        max,
        data.reduce((a, b) => Math.max(a, b)),
      );
      expect(axes).toBe(shape.map((extent, axis) => `${dims[axis]} ${extent}`).join(', '));
      expect(spread).toBe(`counts: ${histogram(name, run.get(name), 12).counts.join(', ')}`);
      const { equation, gloss, source } = tapOf(name) as NonNullable<ReturnType<typeof tapOf>>;
      const words = text((rows[i] as Element).querySelector('details p'));
      for (const part of [equation, source, gloss.en]) expect(words).toContain(part);
    }
  });

  test('holds no more values at a time than it may', async () => {
    const largest = Math.max(...run.names.map((name) => 4 * run.get(name).data.length));
    const whole = await tapSummaries(model, prompt);
    expect(whole.map(({ name }) => name)).toEqual(run.names);
    expect(await tapSummaries(model, prompt, 4 * largest)).toEqual(whole);
    await expect(tapSummaries(model, prompt, largest - 1)).rejects.toThrow(BudgetError);
  });

  test('says the same numbers in Korean, twice in the same letters', async () => {
    const korean = await pageOf(['--prompt', OWN, '--lang', 'ko'], 'own.ko.html');
    const other = parsed(korean);
    expect(other.documentElement.getAttribute('lang')).toBe('ko');
    for (const heading of all(other, 'h1, h2, h3, nav a, #figure-gates th'))
      expect(text(heading)).toMatch(/[가-힣]|^\d$/);
    expect(text(other.querySelector('.warning'))).toContain('어텐션(attention)이 곧 원인은 아니에요');
    expect(numbers(document).length).toBeGreaterThan(2000);
    expect(numbers(other)).toEqual(numbers(document));
    expect(await pageOf(['--prompt', OWN, '--lang', 'ko'], 'again.html')).toBe(korean);
  });
});

describe('a change', () => {
  test('stands beside the answer without it', async () => {
    const changed = parsed(await pageOf(['--prompt', OWN, '--set', 'xattn.*.gate.*=0'], 'changed.html'));
    const [before, after] = await Promise.all(
      [[], [{ at: 'xattn.*.gate.*', set: 0 }]].map((edit) => model.answer(prompt, { edit, likely: 5 })),
    );
    expect(all(changed, '#change .said').map(text)).toEqual([`before${before?.text}`, `after${after?.text}`]);
    const tables = all(changed, '#change .pair table').map((table) => all(table, 'td:nth-of-type(1)').map(text));
    for (const [i, answer] of [before, after].entries())
      expect(tables[i]).toEqual(answer?.likely?.map(({ probability }) => `${(100 * probability).toFixed(1)}%`));
    expect(text(changed.querySelector('#change p'))).toContain('xattn.*.gate.* = 0');
    expect(changed.querySelector('#figure-change svg')).not.toBeNull();
    expect(document.querySelector('#change')).toBeNull();
  });
});

describe('the page', () => {
  test('runs no script and loads nothing', () => {
    expect(document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content')).toBe(
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    );
    expect(page).not.toMatch(/<script|https?:|@import|<link|<iframe|\son\w+=/i);
    for (const element of all(document, '[src], [href]'))
      expect(element.getAttribute('src') ?? element.getAttribute('href')).toMatch(/^(data:image\/png;base64,|#)/);
    expect(page.match(/url\([^)]*\)/g)?.every((url) => url.startsWith('url(#glass-hatched-'))).toBe(true);
  });

  test('can be walked by headings, links and keys', () => {
    const ids = all(document, '[id]').map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(all(document, 'h1')).toHaveLength(1);
    const links = all(document, 'nav a');
    expect(links.map(text)).toEqual(all(document, 'h2').map(text));
    for (const link of links) expect(ids).toContain(link.getAttribute('href')?.slice(1));
    for (const [, id] of page.matchAll(/url\(#([\w-]+)\)/g)) expect(ids).toContain(id);
    for (const box of all(document, '.scroll')) expect(box.getAttribute('tabindex')).toBe('0');
    for (const wide of all(document, 'table, svg.glass-figure')) expect(wide.closest('.scroll')).not.toBeNull();
    for (const drawn of all(document, 'svg[role="img"]')) expect(text(drawn.querySelector('title'))).not.toBe('');
    for (const figure of all(document, 'figure[id]')) expect(figure.querySelector('details table')).not.toBeNull();
    expect(all(document, '#looks .warning, #heads .warning').map(text)).toEqual([
      expect.stringContaining('Attention is not attribution'),
      expect.stringContaining('Attention is not attribution'),
    ]);
  });

  test('shows what a prompt says as text, and works without pictures', async () => {
    const hostile = `</p><script>alert("1")</script><img src=x onerror='a()'>&amp;`;
    const bare = await pageOf(['--text', hostile], 'bare.html');
    const other = parsed(bare);
    expect(text(other.querySelector('.said'))).toBe(hostile);
    expect(bare).not.toMatch(/<script|<img/);
    expect(all(other, 'h2')).toHaveLength(8);
    expect(text(other.querySelector('#looks'))).toContain('There is no picture that the model could look at.');
    expect(text(other.querySelector('#heads'))).toContain('No attention to an image reaches the last token.');
  });

  test.each([
    [['--text', 'name :'], /required option '--out <file>'/],
    [['--out', out('none.html')], /expected --prompt, or --image and --text/],
    [['--text', 'name :', '--out', join(folder, 'none', 'a.html')], /--out: .*its folder does not exist/],
    [['--text', 'name :', '--out', folder], /a folder is in the way/],
    [['--image', join(EXAMPLES, 'none.png'), '--out', out('none.html')], /none\.png does not exist/],
    [['--text', 'name :', '--lang', 'fr', '--out', out('none.html')], /Allowed choices are en, ko/],
  ])('%j is refused with exit code 2, and nothing is written', async (argv, message) => {
    const { code, err } = await runWithShipped(['report', ...argv]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(readdirSync(folder).filter((name) => /none|part/.test(name))).toEqual([]);
  });
});
