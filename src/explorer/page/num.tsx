import type { JSX } from 'preact';
import { percent, plain, signed, significant } from '../../inspect/figures/numbers.ts';

export type Format = 'percent' | 'plain' | 'signed' | 'significant' | 'whole';
export const FORMATS: Readonly<Record<Format, (value: number) => string>> = {
  percent,
  plain,
  signed,
  significant,
  whole: String,
};

/** A number of a view, with the path to it, so that an audit can compute it again. */
export function Num({ at, value, as = 'signed' }: { at: string; value: number; as?: Format }): JSX.Element {
  return (
    <span class="num" data-view={at} data-as={as}>
      {FORMATS[as](value)}
    </span>
  );
}
