/** Cards that are still to come. */
import css from './PanelSkeleton.module.css'

export function PanelSkeleton() {
  return (
    <>
      {['a', 'b', 'c'].map((key) => (
        <div key={key} className={css.ghost} />
      ))}
    </>
  )
}
