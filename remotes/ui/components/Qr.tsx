/** A QR code, dark on white in every theme so that every camera reads it. The frame has its size before the code is there. */
import { useEffect, useState } from 'react'
import { t } from '../text/index.ts'
import { ErrorLine } from './ErrorLine.tsx'
import css from './Qr.module.css'

export function Qr({ text, name, small = false }: { readonly text: string | null; readonly name: string; readonly small?: boolean }) {
  const [code, setCode] = useState<{ readonly size: number; readonly path: string } | null>(null)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    if (text === null) return
    let current = true
    import('./qr-matrix.ts').then(
      ({ qrPath }) => current && setCode(qrPath(text)),
      () => current && setFailed(true),
    )
    return () => {
      current = false
      setCode(null)
      setFailed(false)
    }
  }, [text])
  if (failed) return <ErrorLine code="internal" words={{ internal: t.qrFailed }} />
  return (
    <div className={`${css.frame} ${small ? css.small : ''}`}>
      {code ? (
        <svg className={css.code} viewBox={`0 0 ${code.size} ${code.size}`} role="img" aria-label={name} shapeRendering="crispEdges">
          <path d={code.path} />
        </svg>
      ) : (
        <div className={css.waiting} />
      )}
    </div>
  )
}
