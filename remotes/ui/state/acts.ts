/** What can be done to a message from wherever it is drawn. The functions stay the same, so that no message is drawn anew for them. */
import { createContext, use } from 'react'
import type { MessageId, MessageView } from '#contracts/ui.ts'

/** What the composer is for, if not for something new. */
export interface Acting {
  readonly kind: 'reply' | 'edit'
  readonly message: MessageView
}

export interface Acts {
  /** Opens what can be done to a message, beside `beside`. */
  readonly menu: (id: MessageId, beside: Element) => void
  /** Shows a message, wherever in the history it is. */
  readonly jump: (id: MessageId) => void
  readonly react: (id: MessageId, emoji: string, on: boolean) => void
}

export const ActsContext = createContext<Acts>({ menu: () => undefined, jump: () => undefined, react: () => undefined })
export const useActs = (): Acts => use(ActsContext)
