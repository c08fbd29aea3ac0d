import { describe, expect, test } from 'vitest';
import { displayWidth, padCells, paint, sideBySide, signedBar, widest } from '../../src/cli/bars.ts';
import { table } from '../../src/cli/table.ts';

describe('signedBar', () => {
  test.each([
    [0, '        │        '],
    [1, '        │████████'],
    [-1, '████████│        '],
    [0.5, '        │████    '],
    [-0.3, '     ▐██│        '],
    [0.06, '        │▌       '],
    [3, '        │████████'],
  ])('%f', (value, bar) => {
    expect(signedBar(value)).toBe(bar);
  });

  test('is always as wide, also for what is not a number', () => {
    for (let value = -1.2; value < 1.2; value += 0.013) expect(signedBar(value).length).toBe(17);
    expect(signedBar(Number.NaN)).toBe('     not a number');
  });
});

test('columns stay straight with Korean, emoji and colours', () => {
  expect(displayWidth('이름 : 빵')).toBe(9);
  expect(displayWidth('🦩')).toBe(2);
  expect(displayWidth(paint('abc', 'answer', true))).toBe(3);
  expect(padCells('빵', 4)).toBe('빵  ');
  expect(sideBySide(['빵', 'a'], ['x', 'y', 'z'], 4)).toEqual(['빵  x', 'a   y', '    z']);
});

test('a table has as many rows as a file of weights has tensors', () => {
  const rows = Array.from({ length: 130_000 }, (_, i) => [i === 7 ? '두 칸' : 'a', '1']);
  expect(table(rows)).toHaveLength(rows.length);
  expect(table(rows.slice(0, 9), [1])[8]).toBe('a      1');
  expect([widest(rows.map(([text]) => text as string)), widest([])]).toEqual([5, 0]);
});
