/** What the shell says, each screen in one place. */
import type { Missing, Refused } from './release.ts'
import type { Screen } from './screens.ts'

type Run = () => void

export const WAITING = 'Opening Sotto…'

export const refused = ({ file, expected, found }: Refused, reload: Run): Screen => ({
  refusal: true,
  heading: 'This copy of Sotto was refused',
  text: [
    found === null
      ? 'The browser refused a file of this page, but now each of them is what the release names. It may have been altered on its way the first time.'
      : 'A file of this page is not the one that its release names. It was not run, and nothing that you keep in this browser was touched.',
    'Reload the page. If this comes back, somebody may have altered Sotto on its way to you: do not use this address until whoever runs it has looked.',
  ],
  facts: [
    ['File', file],
    ['Expected', expected],
    ['Found', found ?? 'no difference, at the second look'],
  ],
  action: { name: 'Reload', run: reload },
})

export const missing = ({ file }: Missing, reload: Run): Screen => ({
  heading: 'A part of Sotto did not arrive',
  text: [
    'The server did not send a file that this page needs. You may be offline, or the server may be busy.',
    'What you keep in this browser is safe.',
  ],
  facts: [['File', file]],
  action: { name: 'Try again', run: reload },
})

export const unsupported = (features: readonly string[]): Screen => ({
  heading: 'This browser can’t run Sotto',
  text: [
    'Sotto encrypts and connects inside the browser itself. This one lacks what stands below. Chrome, Edge, Firefox and Safari of this year have it.',
  ],
  list: features,
})

export const otherTab = (takeOver: Run): Screen => ({
  heading: 'Sotto is open in another tab',
  text: ['Only one tab at a time may write to your chats, so that none is lost or sent twice.'],
  action: { name: 'Use it here', run: takeOver },
})

export const storage = (full: boolean, reload: Run): Screen => ({
  heading: 'Sotto can’t keep anything here',
  text: full
    ? ['This device has no room left for this browser’s storage. Nothing was lost.', 'Free some space, then try again.']
    : [
        'This browser refuses storage to this page. Private windows and strict privacy settings do that.',
        'Your chats live only in the browser, so Sotto does not start without it. Open it in a normal window, then try again.',
      ],
  action: { name: 'Try again', run: reload },
})

export const failed = (code: string, reload: Run): Screen => ({
  heading: 'Sotto could not start',
  text: ['Something went wrong while it started. What you keep in this browser was not changed.'],
  facts: [['Reason', code]],
  action: { name: 'Try again', run: reload },
})
