/** What a host answers with where there is no page: `404.html`, in both languages. */

import { html } from '../../src/inspect/report/html.ts';
import { framed } from './layout.ts';

/** Folders of the site: what stands before one of them in an address is the way to the site. */
const FOLDERS = ['api', 'assets', 'explorer', 'files', 'guide', 'ko', 'learn', 'outputs', 'source'];

// It is shown under any address, so its links count from the site's root and not from where it stands.
const ROOT = `<script>{const p=location.pathname.split('/'),i=p.findIndex((part)=>${JSON.stringify(FOLDERS).replaceAll('"', "'")}.includes(part)),b=document.createElement('base');b.href=i<0?'./':p.slice(0,i).join('/')+'/';document.head.append(b)}</script>`;

export function lostPage(): string {
  const body = html`<h1>There is no page here</h1>
<p>The address may be misspelt, or the page has another name now.
Go to the <a href="index.html">front page</a>, <a href="learn.html">the evenings</a> or <a href="look-up.html">all that can be looked up</a>, or press <kbd>/</kbd> to search.</p>
<div lang="ko">
<h2>여기에는 페이지가 없어요</h2>
<p>주소가 잘못되었거나, 페이지의 이름이 바뀌었을 거예요.
<a href="ko/index.html">첫 페이지</a>, <a href="ko/learn.html">저녁 여덟 번</a>, <a href="ko/look-up.html">찾아보기</a>로 가거나, <kbd>/</kbd>를 눌러 검색해 보세요.</p>
</div>`;
  const page = framed({
    lang: 'en',
    title: 'No page here',
    address: '404.html',
    other: 'ko/index.html',
    body,
    sections: [],
    groups: [],
    front: true,
  });
  return page.replace('<link rel="icon"', `${ROOT}\n<link rel="icon"`).replace('href="#text"', 'href="404.html#text"');
}
