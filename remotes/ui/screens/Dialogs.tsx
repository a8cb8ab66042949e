/** The dialogs over the panes. The frame is here at once; what a dialog of a room holds is loaded when it is first opened. */
import { ContentWaiting } from '../components/DialogParts.tsx'
import { Dialog } from '../components/Dialog.tsx'
import { Later, part } from '../components/Later.tsx'
import { useRouter, useStack } from '../state/route.tsx'
import { chatOf, has, type Place, placeIn, without } from '../state/router.ts'
import { t } from '../text/index.ts'
import { InviteDialog } from './InviteDialog.tsx'

const waiting = <ContentWaiting />
const DELETE = part(() => import('./settings/index.ts').then((its) => its.DeleteDialog))
const PHRASE = part(() => import('./settings/index.ts').then((its) => its.PhraseDialog))
const NEW_ROOM = part(() => import('./rooms/index.ts').then((its) => its.NewRoom))
const ROOM_INVITE = part(() => import('./rooms/index.ts').then((its) => its.RoomInvite))
const ROOM_EDIT = part(() => import('./rooms/index.ts').then((its) => its.RoomEdit))
const ROOM_MEMBER = part(() => import('./rooms/index.ts').then((its) => its.RoomMember))
const LEAVE_ROOM = part(() => import('./rooms/index.ts').then((its) => its.LeaveRoom))

export function Dialogs() {
  const router = useRouter()
  const stack = useStack()
  const chat = chatOf(stack)
  const closing = (kind: Place['kind']) => (): void => router.go(without(stack, kind))
  const roomInvite = placeIn(stack, 'room-invite')
  const member = placeIn(stack, 'member')
  return (
    <>
      {has(stack, 'invite') && <InviteDialog />}
      {has(stack, 'phrase') && <Later part={PHRASE} props={{ onClose: closing('phrase') }} waiting={null} />}
      {has(stack, 'delete') && <Later part={DELETE} props={{ onClose: closing('delete') }} waiting={null} />}
      {has(stack, 'new-room') && (
        <Dialog title={t.newRoom} onClose={closing('new-room')}>
          <Later part={NEW_ROOM} props={{}} waiting={waiting} />
        </Dialog>
      )}
      {chat !== null && roomInvite && (
        <Dialog title={roomInvite.invite === null ? t.newInvite : t.inviteTitle} onClose={closing('room-invite')}>
          <Later part={ROOM_INVITE} props={{ chat, shown: roomInvite.invite }} waiting={waiting} />
        </Dialog>
      )}
      {chat !== null && has(stack, 'room-edit') && (
        <Dialog title={t.editRoom} onClose={closing('room-edit')}>
          <Later part={ROOM_EDIT} props={{ chat, onDone: closing('room-edit') }} waiting={waiting} />
        </Dialog>
      )}
      {chat !== null && member && (
        <Dialog title={t.member} onClose={closing('member')}>
          <Later part={ROOM_MEMBER} props={{ chat, member: member.member, onDone: closing('member') }} waiting={waiting} />
        </Dialog>
      )}
      {chat !== null && has(stack, 'leave') && (
        <Dialog title={t.leaveTitle} onClose={closing('leave')}>
          <Later part={LEAVE_ROOM} props={{ chat, onDone: closing('leave') }} waiting={waiting} />
        </Dialog>
      )}
    </>
  )
}
