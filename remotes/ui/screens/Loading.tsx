/** Storage is being read: the page as it will be, without its words. */
import { Hidden } from '../components/Hidden.tsx'
import { Mark } from '../components/Mark.tsx'
import { t } from '../text/index.ts'
import css from './Loading.module.css'

export function Loading() {
  return (
    <main className={css.page} aria-busy="true">
      <Hidden>
        <h1>{t.product}</h1>
        <p>{t.loading}</p>
      </Hidden>
      <div className={css.side} aria-hidden="true">
        <div className={css.head}>
          <Mark size="small" />
          <span className={css.bar} />
        </div>
        {['a', 'b', 'c', 'd', 'e'].map((key) => (
          <div key={key} className={css.row}>
            <span className={css.disc} />
            <span className={css.lines}>
              <span className={css.bar} />
              <span className={css.bar} />
            </span>
          </div>
        ))}
      </div>
    </main>
  )
}
