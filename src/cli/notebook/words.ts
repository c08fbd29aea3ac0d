/** What `notebook` says. */

import { inKorean } from '../korean-errors.ts';
import type { Language } from '../language.ts';

const EN = {
  files: 'notebooks; all of notebooks/ when left out',
  help: `
A notebook of one's own runs from anywhere in the clone, where it can import 'glass-flamingo'. Those of notebooks/ come in
pairs, English and Korean, of the same code: a pair that is there is compared, and must be there when no FILES are named.

Examples:
  $ npm run notebook -- run mine.ipynb
  $ npm run notebook -- render mine.ipynb

Exit codes: 0 done, all passed; 1 a notebook failed; 2 wrong usage or input; 130 stopped by Ctrl-C.`,
  run: 'type-check and execute the cells, and save their outputs',
  check: 'execute the cells and compare with the saved outputs; writes nothing',
  render: 'write each notebook with its saved outputs as one HTML file beside it, which needs no tool to be read',
  limit: 'stop a notebook that takes longer',
  out: 'where to write',
  strip: 'clear the saved outputs',
  open: "install Deno's Jupyter kernel into .deno/ and say how to open the notebooks with it",
  cleared: (name: string): string => `${name}: cleared`,
  types: 'checking types',
  cells: (name: string, cells: number): string => `${name}: ${cells} ${cells === 1 ? 'cell' : 'cells'}`,
  cell: (name: string, cell: number, cells: number): string => `${name}: cell ${cell} of ${cells}`,
  passed: (name: string, seconds: string): string => `ok      ${name} (${seconds} s)`,
  failed: (name: string): string => `FAILED  ${name}`,
  counts: (passed: number, failed: number): string => `${passed} passed, ${failed} failed`,
  stopped: (doing: string): string => `stopped at: ${doing}. Its file is as it was.`,
  /** What is wrong with a notebook. */
  problem: (text: string): string => text,
};

export type NotebookWords = typeof EN;

const KO: NotebookWords = {
  files: '노트북 파일. 빼면 notebooks/의 모든 노트북이에요',
  help: `
내가 만든 노트북도 클론 안 어디에서든 'glass-flamingo'를 가져와 실행할 수 있어요. notebooks/의 노트북은 코드가 같은 한국어와 영어
한 쌍이에요. 짝이 있으면 비교하고, 파일을 쓰지 않았을 때는 짝이 꼭 있어야 해요.

예:
  $ npm run notebook -- run mine.ipynb --lang ko
  $ npm run notebook -- render mine.ipynb

종료 코드: 0 끝났고 모두 통과했어요; 1 실패한 노트북이 있어요; 2 잘못 썼거나 입력이 잘못됐어요; 130 Ctrl-C로 멈췄어요.`,
  run: '셀의 타입을 검사하고 실행해서 출력을 저장해요',
  check: '셀을 실행해서 저장된 출력과 비교해요. 아무것도 쓰지 않아요',
  render: '노트북마다 저장된 출력까지 담은 HTML 파일을 그 옆에 하나 써요. 다른 도구 없이 읽을 수 있어요',
  limit: '이보다 오래 걸리는 노트북은 멈춰요. 초로 써요',
  out: '쓸 폴더',
  strip: '저장된 출력을 지워요',
  open: 'Deno의 Jupyter 커널을 .deno/에 설치하고, 그것으로 노트북을 여는 법을 알려 줘요',
  cleared: (name) => `${name}: 지웠어요`,
  types: '타입을 검사해요',
  cells: (name, cells) => `${name}: 셀 ${cells}개`,
  cell: (name, cell, cells) => `${name}: 셀 ${cells}개 가운데 ${cell}번째`,
  passed: (name, seconds) => `통과  ${name} (${seconds}초)`,
  failed: (name) => `실패  ${name}`,
  counts: (passed, failed) => `통과 ${passed}, 실패 ${failed}`,
  stopped: (doing) => `멈췄어요: ${doing}. 파일은 그대로예요.`,
  problem: (text) => inKorean(text) ?? text,
};

export const NOTEBOOK_WORDS: Readonly<Record<Language, NotebookWords>> = { en: EN, ko: KO };
