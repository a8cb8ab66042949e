/** Which screen the view asks for. */
import { useEffect, useLayoutEffect } from 'react'
import { useLeaveWarning } from '../state/leaving.ts'
import { useView } from '../state/session.tsx'
import { t } from '../text/index.ts'
import css from './App.module.css'
import { Banners } from './Banners.tsx'
import { Fenced } from './Fenced.tsx'
import { Home } from './Home.tsx'
import { Loading } from './Loading.tsx'
import { Lost } from './Lost.tsx'
import { OpenedInvite } from './OpenedInvite.tsx'
import { Welcome } from './Welcome.tsx'

export function App() {
  useTheme()
  useTitle()
  useLeaveWarning()
  return (
    <div className={css.app}>
      <Banners />
      <div className={css.screen}>
        <Screen />
      </div>
    </div>
  )
}

function Screen() {
  const phase = useView((view) => view.phase)
  const fenced = useView((view) => view.fenced)
  const invite = useView((view) => view.openedInvite)
  if (fenced) return <Fenced />
  if (phase === 'loading') return <Loading />
  if (phase === 'lost') return <Lost />
  // Before 'welcome' and 'ready' alike: it stays while the name it asked for makes one of the other.
  if (invite) return <OpenedInvite invite={invite} />
  return phase === 'welcome' ? <Welcome /> : <Home />
}

function useTheme(): void {
  const theme = useView((view) => view.theme)
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme
  }, [theme])
}

/** How much is unread, and nothing of whom or what: a title is seen by everything that sees the tab. */
function useTitle(): void {
  const unread = useView((view) => view.chats.reduce((sum, chat) => sum + chat.unread, 0))
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${t.product}` : t.product
  }, [unread])
}
