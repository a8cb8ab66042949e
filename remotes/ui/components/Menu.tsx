/**
 * A menu over what it is about: beside it where there is room, a sheet from below on a phone. The native dialog keeps the focus
 * and gives it back to where it was.
 */
import { type KeyboardEvent, type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react'
import { Icon, type IconName } from './Icon.tsx'
import css from './Menu.module.css'

/** Between the menu and what it is about, and the edge of the page. */
const GAP_PX = 8
/** Less than this is no use; then it lies over it. */
const LEAST_PX = 320

export interface MenuState {
  readonly dialog: RefObject<HTMLDialogElement | null>
  readonly close: () => void
}

/** `beside`: where on the screen is what it is about. `atEnd`: that ends the line. `page`: changes with what the menu shows. */
export function useMenu(beside: DOMRect, atEnd: boolean, page: string, onClose: () => void): MenuState {
  const dialog = useDialog(beside, atEnd, page)
  const close = (): void => {
    // Here and not when it is taken off the page: React hears of no focus that comes back meanwhile.
    dialog.current?.close()
    onClose()
  }
  return { dialog, close }
}

/** `onBack`: what Esc does instead of closing. */
export function Menu({
  menu: { dialog, close },
  name,
  onBack = close,
  children,
}: {
  readonly menu: MenuState
  readonly name: string
  readonly onBack?: () => void
  readonly children: ReactNode
}) {
  return (
    <dialog
      ref={dialog}
      className={css.menu}
      aria-label={name}
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        event.stopPropagation()
        onBack()
      }}
      onPointerDown={(event) => {
        if (event.target === dialog.current) close()
      }}
    >
      <div className={css.sheet}>{children}</div>
    </dialog>
  )
}

/** Opens the dialog beside what it is about, and again when what is in it has another size. */
function useDialog(beside: DOMRect, atEnd: boolean, page: string) {
  const element = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    // The dialog took the focus to the menu itself; the first item was not shown yet when it asked for it.
    dialog?.querySelector<HTMLElement>('[role^=menuitem]')?.focus()
    return () => dialog?.close()
  }, [])
  useLayoutEffect(() => {
    const dialog = element.current
    if (!dialog || page === '') return
    // On the side where there is more room, and no larger than that: what it is about stays in sight.
    const above = beside.top - 2 * GAP_PX
    const under = innerHeight - beside.bottom - 2 * GAP_PX
    dialog.style.setProperty('--room', `${Math.max(above, under, LEAST_PX)}px`)
    const { inlineSize, blockSize } = { inlineSize: dialog.offsetWidth, blockSize: dialog.offsetHeight }
    const rtl = getComputedStyle(dialog).direction === 'rtl'
    // What ends the line has its menu at its end.
    const left = atEnd === rtl ? beside.left : beside.right - inlineSize
    const below = beside.bottom + GAP_PX
    const top = blockSize <= under || under > above ? below : beside.top - GAP_PX - blockSize
    const within = (at: number, size: number, all: number): number => Math.max(GAP_PX, Math.min(at, all - size - GAP_PX))
    dialog.style.setProperty('--x', `${within(left, inlineSize, innerWidth)}px`)
    dialog.style.setProperty('--y', `${within(top, blockSize, innerHeight)}px`)
  }, [beside, atEnd, page])
  return element
}

/** The items of the menu: arrows walk them, the first has the focus. */
export function Items({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const menu = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => menu.current?.querySelector<HTMLElement>('[role^=menuitem]')?.focus(), [])
  const key = (event: KeyboardEvent<HTMLElement>): void => {
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^=menuitem]')]
    const here = all.indexOf(document.activeElement as HTMLElement)
    const rtl = getComputedStyle(event.currentTarget).direction === 'rtl'
    const inRow = all.filter((item) => item.closest('[data-row]')).length
    const row = here < inRow
    const next = {
      ArrowDown: row ? inRow : here + 1,
      ArrowUp: row ? all.length - 1 : here === inRow ? 0 : here - 1,
      ArrowRight: row ? here + (rtl ? -1 : 1) : here,
      ArrowLeft: row ? here - (rtl ? -1 : 1) : here,
      Home: 0,
      End: all.length - 1,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    all[(next + all.length) % all.length]?.focus()
  }
  return (
    <div ref={menu} role="menu" aria-label={name} tabIndex={-1} className={css.items} onKeyDown={key}>
      {children}
    </div>
  )
}

export function Item({
  icon,
  words,
  turns = false,
  danger = false,
  onClick,
}: {
  readonly icon: IconName
  readonly words: string
  readonly turns?: boolean
  readonly danger?: boolean
  readonly onClick: () => void
}) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} className={`${css.item} ${danger ? css.danger : ''}`} onClick={onClick}>
      <Icon name={icon} turns={turns} />
      <span>{words}</span>
    </button>
  )
}
