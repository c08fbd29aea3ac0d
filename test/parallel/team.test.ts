import { describe, expect, it } from 'vitest';
import { isExpected } from '../../src/cli/context.ts';
import { Pool, workerModule } from '../../src/parallel/pool.ts';
import { askToStop, resetTeam, Team, TeamError, teamMemory } from '../../src/parallel/team.ts';
import { GlassFlamingoError } from '../../src/tensor/errors.ts';
import type { Failing } from './failing-worker.ts';

describe('Team', () => {
  it('does every piece once, and again after a barrier', () => {
    const team = new Team(teamMemory(), 0, 1);
    for (let round = 0; round < 2; round++) {
      const done: number[] = [];
      team.each(5, (item) => done.push(item));
      expect(done).toEqual([0, 1, 2, 3, 4]);
    }
  });

  it('leaves the barrier with an error when another thread has failed', () => {
    const memory = teamMemory();
    new Team(memory, 1, 2).fail();
    expect(() => new Team(memory, 0, 2).barrier()).toThrow(TeamError);
  });

  it('learns at a barrier that it is to stop, until its memory is made ready again', () => {
    const memory = teamMemory();
    const team = new Team(memory, 0, 1);
    askToStop(memory);
    expect(team.stopped).toBe(false);
    team.barrier();
    expect(team.stopped).toBe(true);
    resetTeam(memory);
    team.barrier();
    expect(team.stopped).toBe(false);
  });
});

describe('Pool', () => {
  it.each([0, -1, 1.5, Number.NaN])('refuses %s threads', (threads) => {
    expect(() => new Pool(new URL('file:///none.js'), threads)).toThrow(/whole number of threads/);
  });

  it('fails, and does not wait for ever, when its module cannot be loaded', async () => {
    const pool = new Pool(new URL('file:///no/such/module.js'), 2);
    await expect(pool.map('anything', [1, 2, 3])).rejects.toThrow(/module/i);
    await expect(pool.everywhere('anything', () => 1)).rejects.toThrow(/module/i);
    await pool.close();
  });

  it('tells an error that was thrown on purpose from one that was not, as on one thread', async () => {
    const pool = new Pool<Failing>(workerModule(import.meta.url, 'failing-worker'), 1);
    const refused = await pool.map('refuse', [undefined]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(GlassFlamingoError);
    expect(refused).toMatchObject({ name: 'NonFiniteError', message: 'the logits are NaN' });
    expect(isExpected(refused)).toBe(true);
    const broken = await pool.map('break', [undefined]).catch((error: unknown) => error);
    expect(isExpected(broken)).toBe(false);
    await pool.close();
  });
});
