/** What the ui's test page runs: the real ui over the fake Messenger, started by the test with a scene. */
import { mount } from '../../remotes/ui/index.tsx'
import { FakeMessenger, type FakeScene } from '../support/messenger.ts'

declare global {
  interface Window {
    uiTest: {
      messenger: FakeMessenger | null
      taken: number
      applied: number
      setWaiting: (waiting: boolean) => void
      /** Mounts the ui; `stack` is where the person is, as the router keeps it. */
      show: (scene: FakeScene, stack?: readonly unknown[]) => void
    }
  }
}

const listeners = new Set<(waiting: boolean) => void>()
let unmount: () => void = () => undefined

window.uiTest = {
  messenger: null,
  taken: 0,
  applied: 0,
  setWaiting: (waiting) => {
    for (const listener of listeners) listener(waiting)
  },
  show: (scene, stack = []) => {
    unmount()
    const root = document.getElementById('root')
    if (!root) throw new TypeError('no #root')
    history.replaceState(null, '')
    for (let depth = 1; depth <= stack.length; depth++) history.pushState({ sotto: stack.slice(0, depth) }, '')
    const messenger = new FakeMessenger(scene)
    window.uiTest.messenger = messenger
    unmount = mount(root, {
      messenger,
      takeOver: () => {
        window.uiTest.taken++
      },
      release: {
        version: '0.1.0',
        update: {
          subscribe: (listener) => {
            listeners.add(listener)
            return () => listeners.delete(listener)
          },
          apply: () => {
            window.uiTest.applied++
          },
        },
      },
    })
  },
}
