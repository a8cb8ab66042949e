/** For an area that scrolls and may hold nothing to focus: without it, a keyboard could not scroll it in every browser. */
export const SCROLLABLE = { tabIndex: 0 } as const
