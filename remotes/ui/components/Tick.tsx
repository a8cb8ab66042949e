/** How far an own message has come. An image with a name, because the shape alone says nothing to a screen reader. */
import type { Tick as TickState } from '#contracts/ui.ts'
import { t } from '../text/index.ts'
import css from './Tick.module.css'

const SHAPES: Record<TickState, string> = {
  written: 'M9.500 13.500a4.750 4.750 0 1 0 0-9.500 4.750 4.750 0 0 0 0 9.500ZM9.500 6.250v2.750l1.750 1',
  held: 'M5.500 9.250l3 3L14.500 5.500',
  delivered: 'M2 9.250l3 3L11 5.500M9.250 11.750l.5.500L15.750 5.500',
  read: 'M2 9.250l3 3L11 5.500M9.250 11.750l.5.500L15.750 5.500',
}

export function Tick({ tick, room = false }: { readonly tick: TickState; readonly room?: boolean }) {
  return (
    <svg className={`${css.tick} ${css[tick]}`} viewBox="0 0 18 18" role="img" aria-label={t.tick[tick]}>
      <title>{(room ? t.roomTickHints : t.tickHints)[tick]}</title>
      <path d={SHAPES[tick]} />
    </svg>
  )
}
