import type { ComponentChildren, JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { saveSvg } from './save-svg.ts';
import { t } from './texts.ts';

interface FigureProps {
  /** The name of the saved file. */
  readonly name: string;
  /** The same numbers as a table; where the figure is a table already, none. */
  readonly table?: () => JSX.Element;
  /** Shown with the table too. */
  readonly below?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A figure that is also a table, and can be saved as SVG. */
export function FigureFrame({ name, table, below, children }: FigureProps): JSX.Element {
  const figure = useRef<HTMLDivElement>(null);
  const [asTable, setAsTable] = useState(false);
  return (
    <div class="framed">
      <div ref={figure}>{asTable && table ? table() : children}</div>
      {below}
      <p class="buttons figure-tools">
        {table ? (
          <button
            type="button"
            aria-label={`${t('asTable')}: ${name}`}
            aria-pressed={asTable}
            onClick={() => setAsTable(!asTable)}
          >
            {t('asTable')}
          </button>
        ) : null}
        <button
          type="button"
          aria-label={`${t('saveSvg')}: ${name}`}
          onClick={() => figure.current && void saveSvg(figure.current, name)}
        >
          {t('saveSvg')}
        </button>
      </p>
    </div>
  );
}
