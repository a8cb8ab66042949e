/**
 * Every bound of the protocol, with what happens if it is raised (up) or lowered (down).
 * Sizes in bytes, times in milliseconds. Bounds of a single adapter stay with the adapter.
 */
const KIB = 1024
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export const LIMITS = {
  // --- people and devices
  /** UTF-8 bytes of a name. up: names that break layouts; down: long real names are refused. */
  nameBytes: 256,
  /** A certificate's life. up: a lost device stays valid longer; down: more re-certifying. */
  certificateLifeMs: 365 * DAY,
  certificateBytes: 1 * KIB,
  chainLength: 4,
  deviceRecordBytes: 1 * KIB,
  /** Characters of a passphrase, at least. up: people write it on a note; down: guessed. */
  passphraseLength: 8,
  /** UTF-8 bytes of a passphrase, at most. */
  passphraseBytes: 1 * KIB,

  // --- broker
  /** One signalling message on the broker's socket. up: a bigger flood; down: some SDPs do not fit. */
  brokerMessageBytes: 16 * KIB,
  /** A sealed blob before base64. Must fit brokerMessageBytes with its JSON. */
  signalBlobBytes: 10 * KIB,
  /** A blob's age or lead by the receiver's clock. up: longer replay memory; down: skewed clocks can't call. */
  signalWindowMs: 4 * HOUR,
  /** Remembered blob nonces. up: memory; down: when full, the window shrinks to what is remembered (fails closed). */
  signalNonces: 8192,

  // --- the link
  /** One frame on control or live, padding included. The largest padding bucket. */
  frameBytes: 16 * KIB,
  /** One frame on bulk, which is not padded. */
  bulkFrameBytes: 64 * KIB,
  /** A message reassembled from frames. up: memory a peer can claim; down: large rooms' Welcomes do not fit. */
  frameMessageBytes: 4 * KIB * KIB,
  /** bufferedAmount above which we wait. 256 KiB beat 8 MiB two to one (measured). */
  highWaterBytes: 256 * KIB,
  handshakeMs: 5 * SECOND,
  /** Silence after which a ping is sent. */
  heartbeatMs: 5 * SECOND,
  /** Silence after which the link is dead. */
  deadMs: 15 * SECOND,
  /** ICE 'disconnected' for longer than this restarts ICE. */
  iceRestartMs: 2 * SECOND,
  backoffMinMs: 500,
  backoffMaxMs: 60 * SECOND,
  /** From a call to an open, proven link. up: a dead attempt blocks longer; down: slow networks fail. */
  connectMs: 20 * SECOND,

  // --- invites
  inviteLifeMs: 7 * DAY,
  inviteSecretBytes: 16,
  /** Invites listened for at once (one broker socket each), spent ones included. */
  invitesListening: 16,

  // --- rooms
  entryBytes: 256 * KIB,
  deps: 8,
  /** UTF-8 bytes of one text message. */
  textBytes: 64 * KIB,
  /** UTF-8 bytes of a reaction: the longest emoji there are take 35. up: room for a sentence; down: families do not fit. */
  emojiBytes: 48,
  /** Reactions of one person to one message, withdrawn ones included; beyond, the oldest is forgotten. up: one person fills a line. */
  reactionsAPerson: 8,
  /** The same of everybody together. up: larger records; down: a full room loses its oldest reactions. */
  reactionsAMessage: 1024,
  /** Different emoji that are shown under one message: those that came first. up: chips push the text away. */
  emojiShown: 20,
  /** Pins of a room, withdrawn ones included; beyond, the oldest is forgotten. up: a larger record, read at the start. */
  pins: 128,
  /** Messages that one person reacted to, edited or deleted before they came. up: a member can make us keep more for nothing; down: far out of order, marks are lost. */
  awaited: 256,
  keyPackageBytes: { classic: 4 * KIB, hybrid: 8 * KIB },
  welcomeBytes: 256 * KIB,
  /** Hybrid: a group founded anew adds all of `hybridDevices` in one commit (docs/decisions/0031-suites.md). It must fit an entry. */
  commitBytes: { classic: 128 * KIB, hybrid: 224 * KIB },
  groupInfoBytes: 256 * KIB,
  /** Proposals in one commit: 16 a member. */
  proposalsAMember: 16,
  rosterDevices: 256,
  /** Devices of a hybrid room. up: Welcomes with its tree, and commits to unmerged leaves, outgrow their bounds; down: fewer people. */
  hybridDevices: 64,
  /** UTF-8 bytes of a room's topic. */
  topicBytes: 1 * KIB,
  /** A room's picture, already scaled down. It stands in the log, so every member keeps it. */
  pictureBytes: 32 * KIB,
  /** Uses of one room invite. up: a leaked link brings in more strangers; down: large rooms need several links. */
  inviteUses: 256,
  ackDelayMs: 100,
  ackVector: 256,
  ackList: 256,
  /** Entries in one `entries` frame message, and their bytes. */
  syncBatchEntries: 128,
  syncBatchBytes: 128 * KIB,
  /** Ends of chains in one `tips` frame: a member's, and those of forks. up: bigger frames; down: large rooms do not fit. */
  tips: 1024,
  /** Welcomes asked for at once. */
  askedWelcomes: 32,
  /** Of the overlay: devices in the path and in the sample of a walk, entries named in one message. up: bigger frames; down: slower mixing, more frames. */
  overlayPath: 6,
  overlaySample: 7,
  overlayEntries: 64,
  /** Bytes a peer may send before it is given credit again. */
  syncCreditBytes: 256 * KIB,
  syncEveryMs: 60 * SECOND,
  /** Gate: decoding in the Worker longer than this ends the Worker. */
  gateMs: 250,
} as const
