/** What can be chosen for a chat from the list, beside its row. */
import type { ChatSummary } from '#contracts/ui.ts'
import { useAnnounce } from '../components/Announcer.tsx'
import { Item, Items, Menu, useMenu } from '../components/Menu.tsx'
import { CHOICES } from '../state/choices.ts'
import { useMessenger } from '../state/session.tsx'
import { t } from '../text/index.ts'

export function ChatMenu({
  chat,
  beside,
  onClose,
}: {
  readonly chat: ChatSummary
  readonly beside: DOMRect
  readonly onClose: () => void
}) {
  const messenger = useMessenger()
  const announce = useAnnounce()
  const menu = useMenu(beside, false, chat.id, onClose)
  return (
    <Menu menu={menu} name={t.chatActions}>
      <Items name={t.chatActions}>
        {CHOICES.map(({ what, icon }) => {
          const words = t.choices[what]
          const on = chat[what] === true
          const choose = async (): Promise<void> => {
            menu.close()
            const { ok } = await messenger.arrange(chat.id, { [what]: !on })
            announce(ok ? (on ? words.undo : words.so) : t.notDone)
          }
          return <Item key={what} icon={icon} words={on ? words.undo : words.do} onClick={() => void choose()} />
        })}
      </Items>
    </Menu>
  )
}
