/** What a running server does on signals: SIGTERM drains it, Ctrl-C stops it, SIGHUP reads certificate and key again. */
export interface Signalled {
  drain(): Promise<void>
  close(): Promise<void>
  reloadTls(): void
}

const FAILED = 1
const INTERRUPTED = 130

/** `last`: what to say before the process ends by itself. A second SIGTERM or Ctrl-C ends it at once. */
export function onSignals({ drain, close, reloadTls }: Signalled, last: () => void = () => undefined): void {
  let stopping = false
  const stop = (gently: boolean): void => {
    if (stopping) process.exit(INTERRUPTED)
    stopping = true
    const stopped = gently ? drain().then(close) : close()
    stopped.then(
      () => {
        last()
        process.exit(0)
      },
      () => process.exit(FAILED),
    )
  }
  process.on('SIGINT', () => stop(false))
  process.on('SIGTERM', () => stop(true))
  process.on('SIGHUP', () => {
    try {
      reloadTls()
      console.log('certificate and key are read again')
    } catch (thrown) {
      console.error(`kept the certificate as it was: ${thrown instanceof Error ? thrown.message : 'unknown reason'}`)
    }
  })
}
