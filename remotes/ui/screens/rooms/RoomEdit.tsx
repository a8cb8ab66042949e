/** What a room is called, what it is about, and its picture. Only what was changed is sent. */
import { useEffect, useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import type { ChatId, RoomFacts } from '#contracts/ui.ts'
import { useAnnounce } from '../../components/Announcer.tsx'
import { Avatar } from '../../components/Avatar.tsx'
import { Button } from '../../components/Button.tsx'
import { Content, ContentWaiting } from '../../components/DialogParts.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { smallPicture } from '../../components/small-picture.ts'
import { useRoom } from '../../state/room.tsx'
import { useMessenger, useView } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { NameAndTopic, type Named, problemsOf } from './NameAndTopic.tsx'
import css from './RoomEdit.module.css'

interface Props {
  readonly chat: ChatId
  readonly onDone: () => void
}

export function RoomEdit({ chat, onDone }: Props) {
  const { facts, failed } = useRoom()
  if (!facts) return failed ? <ErrorLine code={failed} /> : <ContentWaiting />
  return <Form chat={chat} before={facts} onDone={onDone} />
}

/** `before` is what the room was when the dialog opened: what others change meanwhile stays theirs. */
function Form({ chat, before: latest, onDone }: Props & { readonly before: RoomFacts }) {
  const messenger = useMessenger()
  const announce = useAnnounce()
  const [before] = useState(latest)
  const field = useRef<HTMLInputElement>(null)
  const [named, setNamed] = useState<Named>(before)
  const [asked, setAsked] = useState(false)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  const { picture, choose, remove, reading, unreadable } = usePicture()
  const hue = useView((view) => view.chats.find(({ id }) => id === chat)?.hue ?? 0)
  const problems = problemsOf(named)
  const shown = picture === null ? before.picture : picture === 'none' ? null : picture.url

  const save = async (): Promise<void> => {
    setAsked(true)
    if (problems.name) return field.current?.focus()
    if (problems.topic || busy || reading) return
    const [name, topic] = [named.name.trim(), named.topic.trim()]
    const change = {
      name: name === before.name ? null : name,
      topic: topic === before.topic ? null : topic,
      picture: picture === null || picture === 'none' ? picture : picture.bytes,
    }
    if (change.name === null && change.topic === null && change.picture === null) return onDone()
    setBusy(true)
    setFailed(null)
    const result = await messenger.setRoom(chat, change)
    setBusy(false)
    if (!result.ok) return setFailed(result.code)
    announce(t.roomSaved)
    onDone()
  }

  return (
    <Content onSubmit={() => void save()}>
      <fieldset className={css.picture}>
        <legend className={css.legend}>{t.picture}</legend>
        <Avatar name={named.name} hue={hue} size="large" room picture={shown} />
        <div className={css.choose}>
          <ChooseFile disabled={reading} onFile={choose}>
            {reading ? t.pictureWorking : t.choosePicture}
          </ChooseFile>
          {shown !== null && (
            <Button look="plain" onClick={remove}>
              {t.removePicture}
            </Button>
          )}
        </div>
        <p className={unreadable ? css.problem : css.hint} role={unreadable ? 'alert' : undefined}>
          {unreadable ? t.pictureUnreadable : t.pictureHint}
        </p>
      </fieldset>
      <NameAndTopic named={named} problems={asked ? problems : null} onChange={setNamed} field={field} />
      {failed && <ErrorLine code={failed} />}
      <Button type="submit" look="primary" wide disabled={busy || reading}>
        {t.save}
      </Button>
    </Content>
  )
}

function ChooseFile({
  disabled,
  onFile,
  children,
}: {
  readonly disabled: boolean
  readonly onFile: (file: File) => void
  readonly children: string
}) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button icon="picture" disabled={disabled} onClick={() => input.current?.click()}>
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        onChange={(event) => {
          const [file] = event.target.files ?? []
          // Else the same file could not be chosen again.
          event.target.value = ''
          if (file) onFile(file)
        }}
      />
    </>
  )
}

type Picture = 'none' | { readonly bytes: Uint8Array; readonly url: string } | null

/** null: as it was. The URL of a picture that is only looked at is given back. */
function usePicture() {
  const [picture, setPicture] = useState<Picture>(null)
  const [reading, setReading] = useState(false)
  const [unreadable, setUnreadable] = useState(false)
  const url = picture !== null && picture !== 'none' ? picture.url : null
  useEffect(() => () => void (url !== null && URL.revokeObjectURL(url)), [url])

  const choose = async (file: File): Promise<void> => {
    setReading(true)
    const blob = await smallPicture(file)
    if (blob) setPicture({ bytes: new Uint8Array(await blob.arrayBuffer()), url: URL.createObjectURL(blob) })
    setUnreadable(blob === null)
    setReading(false)
  }
  const remove = (): void => {
    setPicture('none')
    setUnreadable(false)
  }
  return { picture, reading, unreadable, remove, choose: (file: File): void => void choose(file) }
}
