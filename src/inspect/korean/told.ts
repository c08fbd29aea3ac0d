import { PictureError } from '../../files/picture/error.ts';
import { PromptError } from '../../model/prompt.ts';

/** An error of the library in Korean: where it is, what is wrong and what is needed; null where the lists do not have it. */
export function toldInKorean(error: Error, inKorean: (message: string) => string | null): string | null {
  if (!(error instanceof PictureError || error instanceof PromptError)) return inKorean(error.message);
  const where = error instanceof PictureError ? error.picture : error.where;
  const [what, expected] = [inKorean(error.what), inKorean(error.expected)];
  return what === null || expected === null ? null : `${inKorean(where) ?? where}: ${what}. 필요한 것: ${expected}`;
}
