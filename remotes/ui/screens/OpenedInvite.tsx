/** What a person sees who opened an invite link: who invites, one button, and then the steps, live and in words. */
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import type { OpenedInvite as Opened } from '#contracts/ui.ts'
import { Button } from '../components/Button.tsx'
import { ErrorLine } from '../components/ErrorLine.tsx'
import { Field } from '../components/Field.tsx'
import { Hidden } from '../components/Hidden.tsx'
import { Icon } from '../components/Icon.tsx'
import { Mark } from '../components/Mark.tsx'
import { Fill, Name } from '../components/Name.tsx'
import { useRouter } from '../state/route.tsx'
import { useMessenger, useView } from '../state/session.tsx'
import { t } from '../text/index.ts'
import { nameProblem } from '../text/names.ts'
import css from './OpenedInvite.module.css'

type Step = Extract<Opened['state'], { kind: 'accepting' }>['step']
const STEPS: readonly Step[] = ['finding', 'connecting', 'proving', 'joining']
const STEPS_ASKED: readonly Step[] = ['finding', 'connecting', 'proving', 'approval', 'joining']
/** Worth another try with the same link; the others are final. */
const AGAIN: readonly ErrorCode[] = [
  'invite-unreachable',
  'timeout',
  'wrong-peer',
  'wrong-transcript',
  'storage-full',
  'storage-failed',
  'worker-ended',
  'internal',
]

export function OpenedInvite({ invite }: { readonly invite: Opened }) {
  const messenger = useMessenger()
  const router = useRouter()
  const newHere = useView((view) => view.phase === 'welcome')
  const field = useRef<HTMLInputElement>(null)
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  const { state } = invite
  const accepted = state.kind === 'accepted' ? state.chat : null
  const code = state.kind === 'refused' ? state.code : state.kind === 'offered' ? failed : null

  useEffect(() => {
    if (accepted === null) return
    router.go([{ kind: 'chat', chat: accepted }])
    messenger.dismissInvite()
  }, [accepted, messenger, router])

  const accept = async (event?: FormEvent): Promise<void> => {
    event?.preventDefault()
    const wrong = newHere ? nameProblem(name) : null
    setProblem(wrong)
    if (wrong) return field.current?.focus()
    setBusy(true)
    setFailed(null)
    const started = newHere ? await messenger.start(name.trim()) : ({ ok: true } as const)
    const result = started.ok ? await messenger.acceptInvite() : started
    setBusy(false)
    if (!result.ok) setFailed(result.code)
  }

  const over = code !== null && !AGAIN.includes(code)
  const words = invite.for === 'room' ? t.toRoom : t.toPerson
  const who = <Name>{invite.name}</Name>
  return (
    <main className={css.page}>
      <form className={css.card} onSubmit={(event) => void accept(event)} noValidate>
        <Mark size="large" />
        <h1 className={css.title}>
          {over ? t.inviteRefused : invite.name === '' ? words.unnamed : <Fill text={words.title} name={who} />}
        </h1>
        {code && <ErrorLine code={code} words={invite.for === 'room' ? t.roomRefusals : undefined} />}
        {state.kind === 'accepting' || state.kind === 'accepted' ? (
          <Steps name={who} words={words} step={state.kind === 'accepting' ? state.step : 'done'} />
        ) : (
          !over && (
            <>
              {!code && invite.name !== '' && (
                <p className={css.claim}>
                  <Fill text={words.claim} name={who} />
                </p>
              )}
              {newHere && (
                <Field
                  ref={field}
                  label={t.yourName}
                  hint={t.yourNameHint}
                  error={problem}
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                  dir="auto"
                  autoComplete="nickname"
                  autoCapitalize="words"
                  spellCheck={false}
                  enterKeyHint="go"
                  autoFocus
                />
              )}
              <Button type="submit" look="primary" wide disabled={busy}>
                {code ? t.tryAgain : t.acceptInvite}
              </Button>
            </>
          )
        )}
        {state.kind !== 'accepted' && (
          <Button look={over ? 'primary' : 'plain'} wide onClick={() => messenger.dismissInvite()}>
            {over ? (newHere ? t.goToStart : t.goToChats) : t.notNow}
          </Button>
        )}
      </form>
    </main>
  )
}

/** The steps; the one under way is announced as it changes. That an admin is asked is told when it happens. */
function Steps({ name, words, step }: { readonly name: ReactNode; readonly words: typeof t.toRoom; readonly step: Step | 'done' }) {
  const [asked, setAsked] = useState(false)
  if (step === 'approval' && !asked) setAsked(true)
  const steps = asked ? STEPS_ASKED : STEPS
  const at = step === 'done' ? steps.length : steps.indexOf(step)
  const hint = step === 'finding' ? words.findingHint : step === 'approval' ? t.approvalHint : null
  return (
    <div aria-live="polite" aria-atomic="false">
      <ol className={css.steps} aria-label={t.stepsLabel}>
        {steps.map((each, i) => (
          <li
            key={each}
            className={`${css.step} ${i < at ? css.done : i === at ? css.now : css.later}`}
            aria-current={i === at ? 'step' : undefined}
          >
            <span className={css.bullet} aria-hidden="true">
              {i < at && <Icon name="check" />}
            </span>
            <span className={css.words}>
              <Fill text={each === 'approval' ? t.stepApproval : words.steps[each]} name={name} />
              {i < at && <Hidden>, {t.stepDone}</Hidden>}
            </span>
          </li>
        ))}
      </ol>
      {hint !== null && <p className={css.claim}>{hint}</p>}
    </div>
  )
}
