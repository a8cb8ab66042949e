/**
 * One input at a time: each handler is awaited to its end before the next begins, so that no handler ever
 * sees a half-made change of another. Sealing, opening and proving are asynchronous; this keeps their order.
 */
export interface Queue {
  /** Runs `handler` after all that was pushed before. A handler that throws ends nothing but itself. */
  push(handler: () => void | Promise<void>): void
}

/** `failed` is told of a handler that threw; handlers treat what they expect themselves. */
export function createQueue(failed: (thrown: unknown) => void): Queue {
  const waiting: (() => void | Promise<void>)[] = []
  let running = false

  const drain = async (): Promise<void> => {
    running = true
    await undefined // never inside the caller's own call
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await next()
      } catch (thrown) {
        failed(thrown)
      }
    }
    running = false
  }

  return {
    push(handler) {
      waiting.push(handler)
      if (!running) void drain()
    },
  }
}
