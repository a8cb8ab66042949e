/** What a person may choose for a chat, in the order in which it is offered. */
export const CHOICES = [
  { what: 'pinned', icon: 'pin' },
  { what: 'muted', icon: 'mute' },
  { what: 'archived', icon: 'archive' },
] as const
