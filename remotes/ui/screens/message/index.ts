/** What can be done to a message: loaded when it is first asked for. */
export { MessageMenu } from './MessageMenu.tsx'
