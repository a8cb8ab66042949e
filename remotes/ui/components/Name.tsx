/** Strings that people chose. Isolated, so that their direction cannot reorder ours, and cut by style, never by code. */
import { createElement, Fragment, type ReactNode } from 'react'
import css from './Name.module.css'

/** In a sentence. */
export function Name({ children }: { readonly children: string }) {
  return <bdi className={css.inline}>{children}</bdi>
}

/** A line of its own: cut at the end of the line. */
export function NameLine({ children }: { readonly children: ReactNode }) {
  return (
    <bdi className={css.line} dir="auto">
      {children}
    </bdi>
  )
}

/** A catalogue sentence with its `{places}` filled. An unknown place stays as it is. */
export function Fill({ text, ...places }: { readonly text: string } & Readonly<Record<string, ReactNode>>) {
  const parts = text.split(/\{(\w+)\}/).map((part, i) => (i % 2 === 1 ? (places[part] ?? `{${part}}`) : part))
  return createElement(Fragment, null, ...parts)
}
