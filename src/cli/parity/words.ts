/** What `parity` says. */

import { MISTAKES, type MistakeName } from '../../inspect/mistakes.ts';
import type { Comparison } from '../../parity/compare.ts';
import { inKorean } from '../korean-errors.ts';
import type { Language } from '../language.ts';

type Verdict = Comparison['verdict'];

const EN = {
  cases: 'a root, a group or one case',
  device: 'simd, gpu, gpu:MODE (webgpu, webgl2, headlessgl, webasm, cpu) or auto',
  inject: 'make a well-known mistake in every module, or with @ROLE in one part of it',
  json: 'write every comparison there',
  verbose: 'print a line for every tensor',
  help: (mistakes: string): string => `
A case is a folder with case.json, weights.safetensors and io.safetensors, or an entry of an index of operations,
of pictures or of texts; other folders are passed over. Every tap, output, gradient, pixel and id is compared.

A module that fails is run again with what would put each well-known mistake right; the report names the first tap that
diverges and the mistake after whose correction most taps agree. --inject tries the report itself:
${mistakes}
as in --inject scale-missing, or --inject scale-missing@xattn.1 for that part alone.

Exit codes: 0 everything was compared and passed; 1 something failed; 2 wrong usage; 3 nothing failed, but something
was not run.`,
  mistake: (name: MistakeName): string => MISTAKES.find((mistake) => mistake.name === name)?.title ?? name,
  cannotHave: 'nothing in it can have that mistake',
  verdict: (verdict: Verdict): string => verdict,
  nothing: 'nothing to compare',
  /** Why a tensor was not compared or does not agree, or what a correction changed. */
  reason: (text: string): string => text,
  tensors: (count: number): string => `${count} tensors`,
  firstTap: (tap: string): string => `first tap that diverges: ${tap}`,
  firstResult: (result: string): string => `all taps agree; the first result that does not: ${result}`,
  likely: (why: string): string => `likely mistake: ${why}`,
  unexplained: 'none of the known ones explains it',
  absolute: 'abs',
  relative: 'rel',
  mustEqual: 'must be equal',
  allowed: (limit: string): string => `allowed ${limit}`,
  counts: (passed: number, failed: number, notRun: number): string =>
    `${passed} passed, ${failed} failed, ${notRun} not run`,
  atMost: (percent: string): string => `at most ${percent} % of what is allowed`,
  seconds: (seconds: string): string => `${seconds} s`,
  allOn: (device: string): string => `all on ${device}`,
};

export type ParityWords = typeof EN;

const MISTAKES_KO: Readonly<Record<MistakeName, string>> = {
  'mask-off-by-one': '마스크가 하나 밀려서, 토큰이 제 그림이 아니라 그 앞의 그림을 봐요',
  'latents-missing': '리샘플러의 키와 값에 잠재 벡터가 빠졌어요',
  'media-and-latents-swapped': '리샘플러의 키와 값에서 잠재 벡터가 미디어보다 앞에 있어요',
  'quick-gelu-for-gelu': '활성화 함수가 가중치를 학습할 때와 달라요. GELU 자리에 QuickGELU를 쓴 것처럼요',
  'wrong-eps': '정규화의 eps가 달라요',
  'transposed-weight': '가중치의 행과 열이 바뀌었어요',
  'keys-and-values-swapped': '키와 값이 서로 바뀌었어요',
  'scale-missing': '어텐션 점수를 헤드 너비의 제곱근으로 나누지 않았어요',
};

const VERDICTS_KO: Readonly<Record<Verdict, string>> = { pass: '통과', fail: '실패', 'not run': '안 함' };

const KO: ParityWords = {
  cases: '전체나 묶음, 또는 사례 하나의 폴더',
  device: 'simd, gpu, gpu:MODE (webgpu, webgl2, headlessgl, webasm, cpu), auto 가운데 하나',
  inject: '잘 알려진 실수를 모듈마다 일부러 해요. @ROLE을 붙이면 그 부분에서만 해요',
  json: '비교한 것을 모두 여기에 써요',
  verbose: '텐서마다 한 줄씩 보여 줘요',
  help: (mistakes) => `
사례는 case.json, weights.safetensors, io.safetensors가 든 폴더이거나, 연산, 그림, 글의 색인에 든 항목이에요. 다른 폴더는
지나가요. 모든 탭, 출력, 기울기, 픽셀, 토큰 번호를 비교해요.

실패한 모듈은 잘 알려진 실수를 하나씩 바로잡으면서 다시 실행해요. 처음으로 달라지는 탭과, 바로잡았을 때 가장 많은 탭이 맞는
실수를 알려 줘요. --inject로 그 진단을 시험해 볼 수 있어요:
${mistakes}
--inject scale-missing처럼 쓰고, --inject scale-missing@xattn.1처럼 쓰면 그 부분에서만 해요.

종료 코드: 0 모두 비교했고 통과했어요; 1 실패한 것이 있어요; 2 잘못 썼어요; 3 실패는 없지만 하지 않은 것이 있어요.`,
  mistake: (name) => MISTAKES_KO[name],
  cannotHave: '여기서는 할 수 없는 실수예요',
  verdict: (verdict) => VERDICTS_KO[verdict],
  nothing: '비교할 것이 없어요',
  reason: (text) => inKorean(text) ?? text,
  tensors: (count) => `텐서 ${count}개`,
  firstTap: (tap) => `처음으로 달라지는 탭: ${tap}`,
  firstResult: (result) => `탭은 모두 같아요. 처음으로 다른 결과: ${result}`,
  likely: (why) => `아마도 이 실수: ${why}`,
  unexplained: '알려진 실수로는 설명할 수 없어요',
  absolute: '절대',
  relative: '상대',
  mustEqual: '똑같아야 함',
  allowed: (limit) => `허용 ${limit}`,
  counts: (passed, failed, notRun) => `통과 ${passed}, 실패 ${failed}, 안 함 ${notRun}`,
  atMost: (percent) => `허용된 차이의 ${percent}% 이하`,
  seconds: (seconds) => `${seconds}초`,
  allOn: (device) => `${device}에서 모두`,
};

export const PARITY_WORDS: Readonly<Record<Language, ParityWords>> = { en: EN, ko: KO };
