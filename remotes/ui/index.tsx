/** The ui remote: draws the product into an element and knows the Messenger port and nothing else. */
import './theme/tokens.css'
import './theme/base.css'
import { createRoot } from 'react-dom/client'
import type { UiRemote } from '#contracts/ui.ts'
import { Announcer } from './components/Announcer.tsx'
import { App } from './screens/App.tsx'
import { RouterProvider } from './state/route.tsx'
import { createRouter } from './state/router.ts'
import { SessionProvider } from './state/session.tsx'
import { languageOf, speak } from './text/index.ts'

export { CONTRACT_VERSION } from '#contracts/version.ts'

/** Draws into `root` until the returned function is called. */
export const mount: UiRemote['mount'] = (root, { messenger, takeOver, release }) => {
  const router = createRouter(window)
  const tree = createRoot(root)
  let mounted = true
  const draw = (): void => {
    if (!mounted) return
    tree.render(
      <SessionProvider session={{ messenger, takeOver, release }}>
        <RouterProvider router={router}>
          <Announcer>
            <App />
          </Announcer>
        </RouterProvider>
      </SessionProvider>,
    )
  }
  const first = languageOf(messenger.view().language)
  // The first words on the screen are in the person's language already.
  if (first === 'en') draw()
  else void speak(first).then(draw)
  return () => {
    mounted = false
    tree.unmount()
    router.stop()
  }
}
