/** What happened in a chat, in a sentence. Names in it are isolated; nobody known to have done it is left out. */
import type { ReactNode } from 'react'
import type { NoticeView } from '#contracts/ui.ts'
import { t } from '../text/index.ts'
import css from './NoticeText.module.css'
import { Fill, Name } from './Name.tsx'

export function NoticeText({ notice }: { readonly notice: NoticeView['notice'] }): ReactNode {
  const words = t.notices
  switch (notice.kind) {
    case 'created':
      return t.created
    case 'joined':
      return <Fill text={t.joined} name={<Name>{notice.name}</Name>} />
    case 'renamed':
      return <Fill text={t.renamed} from={<Name>{notice.from}</Name>} name={<Name>{notice.to}</Name>} />
    case 'added':
      return <ByWhom by={notice.by} text={words.added} without={words.addedByNobody} name={notice.name} />
    case 'left':
      return <Fill text={words.left} name={<Name>{notice.name}</Name>} />
    case 'removed':
      return <ByWhom by={notice.by} text={words.removed} without={words.removedByNobody} name={notice.name} />
    case 'role':
      return <ByWhom by={notice.by} text={words.role[notice.role]} without={words.roleByNobody[notice.role]} name={notice.name} />
    case 'room-named':
      return <Fill text={words.roomNamed} by={<By>{notice.by}</By>} to={<Name>{notice.to}</Name>} />
    case 'topic':
      return (
        <Fill
          text={notice.to === '' ? words.topicGone : words.topic}
          by={<By>{notice.by}</By>}
          to={<bdi className={css.topic}>{notice.to}</bdi>}
        />
      )
    case 'picture':
      return <Fill text={words.picture} by={<By>{notice.by}</By>} />
    case 'timer':
      return <Fill text={notice.life === 'off' ? words.timerOff : words.timer} by={<By>{notice.by}</By>} life={t.lives[notice.life]} />
    case 'refounded':
      return words.refounded
    case 'gap':
      return words.gap
  }
}

function ByWhom({
  by,
  text,
  without,
  name,
}: {
  readonly by: string
  readonly text: string
  readonly without: string
  readonly name: string
}) {
  return <Fill text={by === '' ? without : text} by={<Name>{by}</Name>} name={<Name>{name}</Name>} />
}

const By = ({ children }: { readonly children: string }) => <Name>{children === '' ? t.somebody : children}</Name>
