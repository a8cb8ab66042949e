/** What concerns the whole page: storage that fails, a release that waits. */
import { type ReactNode, useEffect, useState } from 'react'
import { Button } from '../components/Button.tsx'
import { Icon, type IconName } from '../components/Icon.tsx'
import { leaveKnowingly } from '../state/leaving.ts'
import { useSession, useView } from '../state/session.tsx'
import { t } from '../text/index.ts'
import css from './Banners.module.css'

export function Banners() {
  const { release } = useSession()
  const storageProblem = useView((view) => view.storageProblem)
  const [waits, setWaits] = useState(false)
  const [put, setPut] = useState(false)
  useEffect(() => release.update.subscribe(setWaits), [release])
  const apply = (): void => {
    leaveKnowingly(true)
    release.update.apply()
  }
  return (
    <div className={css.stack}>
      {storageProblem && (
        <Banner label={t.storageNotice} icon="warning" look="problem" alert>
          {t.errors[storageProblem]}
        </Banner>
      )}
      {waits && !put && (
        <Banner
          label={t.updateNotice}
          icon="refresh"
          look="calm"
          actions={
            <>
              <Button look="plain" onClick={() => setPut(true)}>
                {t.later}
              </Button>
              <Button look="plain" onClick={apply}>
                {t.updateApply}
              </Button>
            </>
          }
        >
          {t.updateReady}
        </Banner>
      )}
    </div>
  )
}

function Banner({
  label,
  icon,
  look,
  alert = false,
  actions,
  children,
}: {
  readonly label: string
  readonly icon: IconName
  readonly look: 'problem' | 'calm'
  readonly alert?: boolean
  readonly actions?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <section className={`${css.banner} ${css[look]}`} aria-label={label}>
      <Icon name={icon} />
      <p className={css.text} role={alert ? 'alert' : undefined}>
        {children}
      </p>
      {actions && <div className={css.actions}>{actions}</div>}
    </section>
  )
}
