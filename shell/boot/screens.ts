/** The shell's own screens, in plain DOM. Whatever goes wrong before the product is there shows one of these. */

export interface Screen {
  /** A warning: something is wrong with this copy. */
  readonly refusal?: boolean
  readonly heading: string
  readonly text: readonly string[]
  /** Label and value pairs, shown as a list. */
  readonly facts?: readonly (readonly [string, string])[]
  readonly list?: readonly string[]
  readonly action?: { readonly name: string; readonly run: () => void }
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, text: string): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

const shell = (): HTMLElement => {
  const found = document.querySelector<HTMLElement>('#shell')
  if (found === null) throw new Error('the page has no #shell')
  return found
}

/** Puts a screen in place of whatever the shell shows, and its heading in focus so that it is read out. */
export function showScreen({ refusal = false, heading, text, facts = [], list = [], action }: Screen): void {
  const place = shell()
  const mark = place.querySelector('.mark')
  const title = element('h1', heading)
  title.tabIndex = -1
  const parts: Node[] = [title, ...text.map((paragraph) => element('p', paragraph))]
  if (list.length > 0) {
    const items = document.createElement('ul')
    items.append(...list.map((item) => element('li', item)))
    parts.push(items)
  }
  if (facts.length > 0) {
    const pairs = document.createElement('dl')
    pairs.append(...facts.flatMap(([label, value]) => [element('dt', label), element('dd', value)]))
    parts.push(pairs)
  }
  if (action !== undefined) {
    const button = element('button', action.name)
    button.type = 'button'
    button.addEventListener('click', () => {
      button.disabled = true
      action.run()
    })
    parts.push(button)
  }
  place.replaceChildren(...(mark === null ? [] : [mark]), ...parts)
  place.classList.toggle('refusal', refusal)
  place.removeAttribute('aria-busy')
  place.hidden = false
  document.title = `Sotto: ${heading}`
  title.focus()
}

/** Says what is being waited for. */
export function showWaiting(text: string): void {
  const place = shell()
  const mark = place.querySelector('.mark')
  const status = element('p', text)
  status.className = 'waiting'
  status.setAttribute('role', 'status')
  place.replaceChildren(...(mark === null ? [] : [mark]), status)
  place.setAttribute('aria-busy', 'true')
  place.hidden = false
}

/** The product is there: the shell shows nothing. */
export function hideShell(): void {
  shell().hidden = true
  document.title = 'Sotto'
}
