/** Another tab writes now; this one stepped back. */
import { Button } from '../components/Button.tsx'
import { useSession } from '../state/session.tsx'
import { t } from '../text/index.ts'
import { Notice } from './Notice.tsx'

export function Fenced() {
  const { takeOver } = useSession()
  return (
    <Notice icon="tabs" title={t.fencedTitle} paragraphs={[t.fencedBody]}>
      <Button look="primary" wide onClick={takeOver}>
        {t.useHere}
      </Button>
    </Notice>
  )
}
