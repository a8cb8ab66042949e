/** All screens of rooms beside the conversation itself: one file of the release, loaded when the first of them is opened. */
export { LeaveRoom } from './LeaveRoom.tsx'
export { NewRoom } from './NewRoom.tsx'
export { RoomDetails } from './RoomDetails.tsx'
export { RoomEdit } from './RoomEdit.tsx'
export { RoomInvite } from './RoomInvite.tsx'
export { RoomMember } from './RoomMember.tsx'
