/** A later version wrote what is stored: nothing of it is touched. */
import { Button } from '../components/Button.tsx'
import { t } from '../text/index.ts'
import { Notice } from './Notice.tsx'

export function Newer() {
  return (
    <Notice icon="refresh" title={t.newerTitle} paragraphs={[t.errors['storage-newer']]}>
      <Button look="primary" wide onClick={() => location.reload()}>
        {t.updateApply}
      </Button>
    </Notice>
  )
}
