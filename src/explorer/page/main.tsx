import { render } from 'preact';
import paint from '../first-paint.json' with { type: 'json' };
import type { Paint } from '../paint.ts';
import { App } from './app.tsx';
import { open } from './asks.ts';
import { listen } from './keys.ts';

open(paint as unknown as Paint);
listen();
render(<App />, document.getElementById('app') as HTMLElement);
