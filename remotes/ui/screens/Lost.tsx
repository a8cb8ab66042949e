/** The identity is gone from storage. Says so, makes nothing new, and offers the one way on. */
import { useState } from 'react'
import { Button } from '../components/Button.tsx'
import { Later } from '../components/Later.tsx'
import { t } from '../text/index.ts'
import { DELETE } from './Dialogs.tsx'
import { Notice } from './Notice.tsx'

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
