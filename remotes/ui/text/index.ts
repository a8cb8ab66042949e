/** The catalogue in use. One language now; the type is what the next ones are checked against. */
import { type Catalogue, en } from './en.ts'

export const t: Catalogue = en
