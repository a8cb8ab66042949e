/**
 * The whole start, in order: verify the release, check the browser, take the tab, load the remotes, compose, mount.
 * Every way it can fail ends in a screen that says so.
 */
import './shell.css'
import { codeOf } from '../contracts/errors.ts'
import type { Messenger } from '../contracts/ui.ts'
import type { Release } from '../release-format.ts'
import { missingFeatures } from './features.ts'
import { pageUrl, watchInvites } from './invite.ts'
import { diagnose, loadRelease, Missing, Refused } from './release.ts'
import { loadRemotes } from './remotes.ts'
import { hideShell, type Screen, showScreen, showWaiting } from './screens.ts'
import { type Tab, takeOverTab, takeTab } from './tab.ts'
import * as text from './text.ts'
import { followUpdates, type Updates } from './updates.ts'
import { prepareWorker, vaultWorker } from './worker.ts'

function screenFor(thrown: unknown, reload: () => void): Screen {
  if (thrown instanceof Refused) return text.refused(thrown, reload)
  if (thrown instanceof Missing) return text.missing(thrown, reload)
  const code = codeOf(thrown)
  if (code === 'storage-failed' || code === 'storage-full') return text.storage(code === 'storage-full', reload)
  return text.failed(code, reload)
}

/** A tab that was in use starts afresh, so that nothing of its old engine lingers. */
async function takeOverAndReload(): Promise<void> {
  await takeOverTab()
  location.reload()
}

/** Remotes to messenger to screen. Ends when another tab takes over. */
async function run(release: Release, updates: Updates, tab: Tab): Promise<void> {
  const [remotes, startWorker] = await Promise.all([loadRemotes(release), prepareWorker(release)])
  const cryptography = await remotes.cryptography.create({ startWorker, startVaultWorker: vaultWorker(release) })
  const messenger: Messenger = await remotes.p2p.create({
    cryptography,
    network: {
      broker: {
        host: location.hostname,
        port: Number(location.port) || (location.protocol === 'https:' ? 443 : 80),
        path: '/signal',
        secure: location.protocol === 'https:',
      },
      iceServers: [],
    },
    pageUrl: pageUrl(),
  })
  try {
    const root = document.querySelector<HTMLElement>('#sotto')
    if (root === null) throw new Error('the page has no #sotto')
    const takeOver = (): void => void takeOverAndReload()
    const unmount = remotes.ui.mount(root, { messenger, takeOver, release: updates.info })
    const stopInvites = watchInvites(messenger)
    hideShell()
    updates.begin()

    await tab.lost
    stopInvites()
    unmount()
    showScreen(text.otherTab(takeOver))
  } finally {
    await messenger.close()
    // No key outlives the screen that it was opened for.
    await cryptography.end()
  }
}

/**
 * Throws if the browser refused the shell's own style sheet, which it says nowhere (Firefox even keeps an empty
 * `sheet`): what shows is that its rules are not there. Scripts wait for style sheets, so it can't merely be late.
 */
async function checkStyle(release: Release): Promise<void> {
  if (getComputedStyle(document.documentElement).getPropertyValue('--shell-paper') !== '') return
  throw await diagnose(
    release,
    Object.keys(release.files).filter((path) => /^shell\..*css$/.test(path)),
  )
}

async function start(): Promise<void> {
  document.documentElement.classList.add('started')
  document.querySelector('#refused')?.remove()
  // The page hid it if something was refused before this script: until that is looked into, it says that it waits.
  document.querySelector('#shell')?.removeAttribute('hidden')
  let reload = (): void => location.reload()
  const fail = (thrown: unknown): void => showScreen(screenFor(thrown, reload))
  try {
    if (!isSecureContext) return showScreen(text.unsupported(await missingFeatures()))
    const release = await loadRelease()
    await checkStyle(release)
    const lacking = await missingFeatures()
    if (lacking.length > 0) return showScreen(text.unsupported(lacking))
    const updates = followUpdates(release)
    reload = updates.reload
    const begin = async (tab: Tab): Promise<void> => {
      try {
        await run(release, updates, tab)
      } catch (thrown) {
        fail(thrown)
        updates.begin()
      } finally {
        tab.release()
      }
    }
    const tab = await takeTab()
    if (tab !== null) return await begin(tab)
    showScreen(
      text.otherTab(() => {
        showWaiting(text.WAITING)
        takeOverTab().then(begin).catch(fail)
      }),
    )
  } catch (thrown) {
    fail(thrown)
  }
}

void start()
