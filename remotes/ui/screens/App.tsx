/** Which screen the view asks for. */
import { useEffect, useLayoutEffect, useState } from 'react'
import { Later, part } from '../components/Later.tsx'
import { useIdleLock } from '../state/idle-lock.ts'
import { useLeaveWarning } from '../state/leaving.ts'
import { unreadOf, useNotifications } from '../state/notifications.ts'
import { useView } from '../state/session.tsx'
import { languageOf, speak, t } from '../text/index.ts'
import css from './App.module.css'
import { Banners } from './Banners.tsx'
import { Fenced } from './Fenced.tsx'
import { Loading } from './Loading.tsx'
import { Lost } from './Lost.tsx'
import { Newer } from './Newer.tsx'
import { OpenedInvite } from './OpenedInvite.tsx'
import { Welcome } from './Welcome.tsx'

/** Not on the first screen of all: who comes for the first time is asked for a name first. */
const HOME = part(() => import('./Home.tsx').then((its) => its.Home))

const LOCKED = part(() => import('./settings/index.ts').then((its) => its.Locked))

export function App() {
  const language = useLanguage()
  // Drawn anew in another language: every part reads its words as it is made.
  return <Everything key={language} />
}

function Everything() {
  useTheme()
  useTitle()
  useLeaveWarning()
  useNotifications()
  useIdleLock()
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
  // A key of its own: what follows it is drawn by another Later, in the same place.
  if (phase === 'locked') return <Later key="locked" part={LOCKED} props={{}} waiting={<Loading />} />
  if (phase === 'newer') return <Newer />
  // Before 'welcome' and 'ready' alike: it stays while the name it asked for makes one of the other.
  if (invite) return <OpenedInvite invite={invite} />
  return phase === 'welcome' ? <Welcome /> : <Later part={HOME} props={{}} waiting={<Loading />} />
}

/** The language that is spoken. */
function useLanguage(): string {
  const choice = useView((view) => view.language)
  const [spoken, setSpoken] = useState<string>(t.language)
  useEffect(() => {
    let waits = true
    void speak(languageOf(choice)).then(() => waits && setSpoken(t.language))
    return () => {
      waits = false
    }
  }, [choice])
  useLayoutEffect(() => {
    document.documentElement.lang = spoken
    document.documentElement.dir = t.direction
  }, [spoken])
  return spoken
}

function useTheme(): void {
  const theme = useView((view) => view.theme)
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme
  }, [theme])
}

/** How much is unread, and nothing of whom or what: a title is seen by everything that sees the tab. */
function useTitle(): void {
  const unread = useView(unreadOf)
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${t.product}` : t.product
  }, [unread])
}
