/** Parts of the ui that most people do not need at first: loaded when they are shown, so that the first screen stays small. */
import { type FunctionComponent, type ReactNode, useEffect, useState } from 'react'
import { t } from '../text/index.ts'
import { Button } from './Button.tsx'
import css from './Later.module.css'

/** A component somewhere else in the release. Once loaded it is drawn at once. */
export interface Part<P extends object> {
  readonly load: () => Promise<FunctionComponent<P>>
  loaded: FunctionComponent<P> | null
}
export const part = <P extends object>(load: Part<P>['load']): Part<P> => ({ load, loaded: null })

/** Fetches a part that will be shown soon. If that fails, showing it tries again. */
export function fetchSoon<P extends object>(wanted: Part<P>): void {
  wanted.load().then(
    (component) => {
      wanted.loaded = component
    },
    () => undefined,
  )
}

/** Draws a part; `waiting` stands in its place until it is there. A failure says so and can be tried again. */
export function Later<P extends object>({
  part: wanted,
  props,
  waiting,
}: {
  readonly part: Part<P>
  readonly props: P
  readonly waiting: ReactNode
}) {
  const [Loaded, setLoaded] = useState(() => wanted.loaded)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    if (Loaded || failed) return
    let current = true
    wanted.load().then(
      (component) => {
        wanted.loaded = component
        if (current) setLoaded(() => component)
      },
      () => current && setFailed(true),
    )
    return () => {
      current = false
    }
  }, [wanted, Loaded, failed])
  if (Loaded) return <Loaded {...props} />
  if (!failed) return waiting
  return (
    <div className={css.failed} role="alert">
      <p>{t.partFailed}</p>
      <Button onClick={() => setFailed(false)}>{t.tryAgain}</Button>
    </div>
  )
}
