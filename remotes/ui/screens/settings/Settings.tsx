/** Settings: the name, how it looks, the recovery phrase, the end of everything. */
import { type FormEvent, type ReactNode, useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { LANGUAGES, type View } from '#contracts/ui.ts'
import { useAnnounce } from '../../components/Announcer.tsx'
import { Avatar } from '../../components/Avatar.tsx'
import { Button, IconButton } from '../../components/Button.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Choice, Field } from '../../components/Field.tsx'
import { Icon, type IconName } from '../../components/Icon.tsx'
import { Mark } from '../../components/Mark.tsx'
import { Switch } from '../../components/Switch.tsx'
import { useArrivalFocus } from '../../state/focus.ts'
import { askPermission, permission } from '../../state/notifications.ts'
import { useRouter, useStack } from '../../state/route.tsx'
import { without } from '../../state/router.ts'
import { useMessenger, useSession, useView } from '../../state/session.tsx'
import { LANGUAGE_NAMES, languageOf, t } from '../../text/index.ts'
import { nameProblem } from '../../text/names.ts'
import { Locking } from './Locking.tsx'
import css from './Settings.module.css'

const THEMES: readonly { readonly theme: View['theme']; readonly icon: IconName }[] = [
  { theme: 'system', icon: 'system' },
  { theme: 'light', icon: 'light' },
  { theme: 'dark', icon: 'dark' },
]

export function Settings() {
  const router = useRouter()
  const stack = useStack()
  const { release } = useSession()
  const passphrase = useView((view) => view.passphrase)
  const heading = useRef<HTMLHeadingElement>(null)
  useArrivalFocus(heading)
  return (
    <div className={css.pane}>
      <header className={css.head}>
        <IconButton name={t.back} icon="back" turns onClick={() => router.go(without(stack, 'settings'))} />
        <h1 ref={heading} className={css.title} tabIndex={-1}>
          {t.settings}
        </h1>
      </header>
      <div className={css.scroll}>
        <div className={css.column}>
          <Rename />
          <Theme />
          <LanguageChoice />
          <Notifications />
          <Privacy />
          <Section title={t.passphrase} text={passphrase ? t.passphraseOn : t.passphraseOff}>
            <Locking />
          </Section>
          <Section title={t.recovery} text={t.recoveryHint}>
            <Button icon="key" onClick={() => router.go([...stack, { kind: 'phrase' }])}>
              {t.showPhrase}
            </Button>
          </Section>
          <Section title={t.danger} text={t.dangerHint}>
            <Button icon="trash" look="wary" onClick={() => router.go([...stack, { kind: 'delete' }])}>
              {t.deleteEverything}
            </Button>
          </Section>
          <footer className={css.about}>
            <Mark size="small" />
            <p>
              {t.version(release.version)}
              <br />
              {t.aboutLine}
            </p>
          </footer>
        </div>
      </div>
    </div>
  )
}

function Section({ title, text, children }: { readonly title: string; readonly text?: string; readonly children: ReactNode }) {
  return (
    <section className={css.section}>
      <h2 className={css.sectionTitle}>{title}</h2>
      {text && <p className={css.text}>{text}</p>}
      {children}
    </section>
  )
}

function Rename() {
  const messenger = useMessenger()
  const announce = useAnnounce()
  const me = useView((view) => view.me)
  const [name, setName] = useState(me?.name ?? '')
  const [problem, setProblem] = useState<string | null>(null)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [saved, setSaved] = useState(false)
  const changed = name.trim() !== me?.name
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const wrong = nameProblem(name)
    setProblem(wrong)
    if (wrong || !changed) return
    const result = await messenger.rename(name.trim())
    setFailed(result.ok ? null : result.code)
    setSaved(result.ok)
    if (result.ok) announce(t.saved)
  }
  return (
    <form className={css.section} onSubmit={(event) => void save(event)} noValidate>
      <div className={css.me}>
        <Avatar name={me?.name ?? ''} hue={me?.hue ?? 0} size="large" />
        <div className={css.rename}>
          <Field
            label={t.name}
            hint={saved && !changed ? t.saved : t.yourNameHint}
            error={problem}
            value={name}
            onChange={(event) => setName(event.target.value)}
            dir="auto"
            autoComplete="nickname"
            spellCheck={false}
            enterKeyHint="done"
          />
        </div>
      </div>
      {failed && <ErrorLine code={failed} />}
      {changed && (
        <Button type="submit" look="primary">
          {t.save}
        </Button>
      )}
    </form>
  )
}

function Notifications() {
  const messenger = useMessenger()
  const wanted = useView((view) => view.notifications)
  // Asked for here, or taken away in the browser's own settings.
  const [allowed, setAllowed] = useState(permission)
  const change = async (on: boolean): Promise<void> => {
    if (on && !(await askPermission())) setAllowed(permission())
    else {
      setAllowed(permission())
      await messenger.setNotifications(on)
    }
  }
  const hint = {
    granted: t.notificationsHint,
    default: t.notificationsHint,
    denied: t.notificationsDenied,
    missing: t.notificationsMissing,
  }
  return (
    <fieldset className={css.section}>
      <legend className={css.sectionTitle}>{t.notifications}</legend>
      <Switch
        label={t.notifyMessages}
        hint={hint[allowed]}
        on={wanted && allowed === 'granted'}
        onChange={(on) => void change(on)}
        disabled={allowed === 'missing'}
      />
    </fieldset>
  )
}

function Privacy() {
  const messenger = useMessenger()
  const readTicks = useView((view) => view.readTicks)
  const relayOnly = useView((view) => view.relayOnly)
  return (
    <fieldset className={css.section}>
      <legend className={css.sectionTitle}>{t.privacy}</legend>
      <Switch label={t.readTicks} hint={t.readTicksHint} on={readTicks} onChange={(on) => void messenger.setReadTicks(on)} />
      <Switch label={t.relayOnly} hint={t.relayOnlyHint} on={relayOnly} onChange={(on) => void messenger.setRelayOnly(on)} />
    </fieldset>
  )
}

function Theme() {
  const messenger = useMessenger()
  const chosen = useView((view) => view.theme)
  return (
    <fieldset className={css.section}>
      <legend className={css.sectionTitle}>{t.theme}</legend>
      <div className={css.themes}>
        {THEMES.map(({ theme, icon }) => (
          <label key={theme} className={css.theme}>
            <input type="radio" name="theme" value={theme} checked={theme === chosen} onChange={() => void messenger.setTheme(theme)} />
            <Icon name={icon} />
            <span>{t.themes[theme]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** Each language by its own name: whoever can't read this one finds theirs. */
function LanguageChoice() {
  const messenger = useMessenger()
  const chosen = useView((view) => view.language)
  return (
    <div className={css.section}>
      <div className={css.choice}>
        <Choice
          label={t.languageChoice}
          value={chosen}
          onChange={(event) => void messenger.setLanguage(event.target.value as View['language'])}
        >
          <option value="system">{t.languageSystem(LANGUAGE_NAMES[languageOf('system')])}</option>
          {LANGUAGES.map((language) => (
            <option key={language} value={language} lang={language}>
              {LANGUAGE_NAMES[language]}
            </option>
          ))}
        </Choice>
      </div>
    </div>
  )
}
