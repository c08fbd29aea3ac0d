/** Cards under a pointer: mouse, pen or finger. The browser's own drag and drop knows no touch. */

/** Movement that makes a press a drag. */
const SLACK = 6;

export function startDrag(
  event: PointerEvent,
  card: number,
  dropped: (card: number, event: PointerEvent) => void,
): void {
  if (event.button !== 0 || !(event.currentTarget instanceof HTMLElement)) return;
  const picture = event.currentTarget;
  const [x, y] = [event.clientX, event.clientY];
  let dragging = false;
  const move = (now: PointerEvent): void => {
    if (!dragging && Math.hypot(now.clientX - x, now.clientY - y) < SLACK) return;
    dragging = true;
    picture.classList.add('dragging');
    picture.style.translate = `${now.clientX - x}px ${now.clientY - y}px`;
    mark(dropOf(now));
  };
  const end = (now: PointerEvent): void => {
    picture.removeEventListener('pointermove', move);
    picture.classList.remove('dragging');
    picture.style.removeProperty('translate');
    mark(null);
    if (dragging && now.type === 'pointerup') dropped(card, now);
  };
  picture.setPointerCapture(event.pointerId);
  picture.addEventListener('pointermove', move);
  picture.addEventListener('pointerup', end, { once: true });
  picture.addEventListener('pointercancel', end, { once: true });
}

export interface Drop {
  readonly card: number;
  /** On its middle, rather than beside it. */
  readonly onto: boolean;
  readonly after: boolean;
}

export function dropOf({ clientX, clientY }: PointerEvent): Drop | null {
  for (const card of document.querySelectorAll<HTMLElement>('[data-card]')) {
    const { left, right, top, bottom, width } = card.getBoundingClientRect();
    if (clientX < left || clientX > right || clientY < top || clientY > bottom) continue;
    const place = (clientX - left) / width;
    return { card: Number(card.dataset.card), onto: place > 0.2 && place < 0.8, after: place >= 0.5 };
  }
  return null;
}

function mark(drop: Drop | null): void {
  for (const card of document.querySelectorAll<HTMLElement>('[data-card]')) {
    const here = drop !== null && Number(card.dataset.card) === drop.card;
    card.classList.toggle('drop-onto', here && drop.onto);
    card.classList.toggle('drop-before', here && !drop.onto && !drop.after);
    card.classList.toggle('drop-after', here && !drop.onto && drop.after);
  }
}
