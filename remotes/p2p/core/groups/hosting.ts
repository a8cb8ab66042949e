/** Rooms are loaded when the first one is there: the first screen has none, and stays small. */

export const hosting = (): Promise<typeof import('./host.ts')> => import('./host.ts')
