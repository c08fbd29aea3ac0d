import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { TextKey } from './texts.en.ts';
import { t } from './texts.ts';

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const NAMES: Readonly<Record<Theme, TextKey>> = { auto: 'themeAuto', light: 'themeLight', dark: 'themeDark' };

const kept = (): Theme => THEMES.find((theme) => theme === read()) ?? 'auto';

/** The visitor's, not the link's. */
const theme = signal<Theme>(kept());

theme.subscribe((value) => {
  document.documentElement.dataset.theme = value;
  try {
    localStorage.setItem('theme', value);
  } catch {} // storage may be forbidden; the choice then lasts as long as the page
});

function read(): string | null {
  try {
    return localStorage.getItem('theme');
  } catch {
    return null;
  }
}

export function ThemeSwitch(): JSX.Element {
  return (
    <select
      aria-label={t('theme')}
      value={theme.value}
      onChange={(event) => {
        theme.value = event.currentTarget.value as Theme;
      }}
    >
      {THEMES.map((name) => (
        <option key={name} value={name}>
          {t('theme')}: {t(NAMES[name])}
        </option>
      ))}
    </select>
  );
}
