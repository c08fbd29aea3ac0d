import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fitted } from '../../inspect/particles.ts';
import { UsageError } from '../context.ts';

/** The clone's root: both src/cli/notebook and dist/cli/notebook stand three folders below it. */
export const ROOT: string = fileURLToPath(new URL('../../../', import.meta.url));
export const NOTEBOOKS: string = join(ROOT, 'notebooks');

const require = createRequire(import.meta.url);

/** @throws UsageError when this is an installed package: it brings neither notebooks nor TypeScript along */
export function requireClone(): void {
  if (existsSync(join(ROOT, 'tsconfig.json')) && existsSync(NOTEBOOKS)) return;
  throw new UsageError(
    'notebooks run in a clone of the repository only: clone it, npm ci, npm run notebook -- run',
    '노트북은 저장소의 클론에서만 실행돼요. 클론한 다음 npm ci, npm run notebook -- run',
  );
}

/** The file of a development tool. @throws UsageError when it is not installed */
export function toolPath(specifier: string): string {
  try {
    return require.resolve(specifier);
  } catch {
    throw new UsageError(
      `${specifier} is not installed: run npm ci in the clone, without --omit=dev`,
      fitted`${specifier}가 설치되지 않았어요. 클론에서 --omit=dev 없이 npm ci를 실행하세요`,
    );
  }
}
