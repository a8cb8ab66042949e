/** The hue of a person or a room, handed to style. By CSSOM: a style attribute in markup would be refused by the page's policy. */
import { type RefObject, useLayoutEffect, useRef } from 'react'

/** `--hue` on the element that takes the ref. */
export function useHue<E extends HTMLElement>(hue: number): RefObject<E | null> {
  const element = useRef<E>(null)
  useLayoutEffect(() => element.current?.style.setProperty('--hue', String(hue)), [hue])
  return element
}
