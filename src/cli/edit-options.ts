import { type Command, Option } from 'commander';
import type { Edit } from '../runs/edit.ts';
import { UsageError } from './context.ts';
import { inLanguage, type Language } from './language.ts';

const CHANGES = {
  set: {
    en: 'make every number there this one; repeatable',
    ko: '그곳의 모든 수를 이 값으로 바꿔요. 여러 번 쓸 수 있어요',
  },
  scale: { en: 'multiply what flows there; repeatable', ko: '그곳을 지나는 값에 곱해요. 여러 번 쓸 수 있어요' },
  add: { en: 'add to what flows there; repeatable', ko: '그곳을 지나는 값에 더해요. 여러 번 쓸 수 있어요' },
} as const;

/** Adds `--set`, `--scale` and `--add`, repeatable. @returns the edits of one command line, in the order written */
export function withEditOptions(command: Command, lang: Language): readonly Edit[] {
  const edits: Edit[] = [];
  for (const [change, what] of Object.entries(CHANGES)) {
    const parse = (text: string): void => {
      const { at, value } = parseAssignment(`--${change}`, text);
      edits.push({ at, [change]: value } as unknown as Edit);
    };
    command.addOption(new Option(`--${change} <pattern=number>`, inLanguage(what, lang)).argParser(parse));
  }
  return edits;
}

/** `xattn.*.gate.*=0`: the pattern of a tap's name, then a number. @throws UsageError */
function parseAssignment(flag: string, text: string): { at: string; value: number } {
  const split = text.lastIndexOf('=');
  const at = text.slice(0, Math.max(0, split)).trim();
  const written = text.slice(split + 1).trim();
  const value = Number(written);
  if (at === '' || written === '' || !Number.isFinite(value))
    throw new UsageError(
      `${flag} '${text}': expected PATTERN=NUMBER, such as 'xattn.*.gate.*=0'`,
      `${flag} '${text}': 'xattn.*.gate.*=0'처럼 패턴=수로 써 주세요`,
    );
  return { at, value };
}
