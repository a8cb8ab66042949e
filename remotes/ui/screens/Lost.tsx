/** The identity is gone from storage. Says so, makes nothing new, and offers the one way on. */
import { useState } from 'react'
import { Button } from '../components/Button.tsx'
import { Later, part } from '../components/Later.tsx'
import { t } from '../text/index.ts'
import { Notice } from './Notice.tsx'

const DELETE = part(() => import('./settings/index.ts').then((its) => its.DeleteDialog))

export function Lost() {
  const [asked, setAsked] = useState(false)
  return (
    <Notice icon="key" title={t.lostTitle} paragraphs={[t.lostBody, t.lostKept, t.lostWhat]}>
      <Button look="danger" wide onClick={() => setAsked(true)}>
        {t.startAfresh}
      </Button>
      {asked && <Later part={DELETE} props={{ onClose: () => setAsked(false) }} waiting={null} />}
    </Notice>
  )
}
