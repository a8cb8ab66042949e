/** Settings and what is reached from there: one file of the release, loaded when the first of it is opened. */
export { DeleteDialog } from './DeleteDialog.tsx'
export { Locked } from './Locked.tsx'
export { PhraseDialog } from './PhraseDialog.tsx'
export { Settings } from './Settings.tsx'
