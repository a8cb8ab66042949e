/** The Arabic catalogue. Six forms of number: each counted thing names those that it needs. */
import type { Catalogue } from './en.ts'

const errors: Catalogue['errors'] = {
  malformed: 'وصل شيء لا معنى له فأُهمل. رسائلك بأمان. اطلب من الطرف الآخر أن يحاول مرة أخرى.',
  'too-large': 'هذا أكبر مما يقبله Sotto. لم يضِع شيء. اختصره وحاول مرة أخرى.',
  'bad-signature': 'وصل شيء بتوقيع غير صحيح فأُهمل. رسائلك بأمان.',
  'bad-certificate': 'لم يستطع الجهاز الآخر أن يثبت أنه لجهة اتصالك، فلم يُرسَل إليه شيء. رسائلك تنتظر هنا.',
  'expired-certificate':
    'شهادة الجهاز الآخر غير صالحة اليوم، فلم يُرسَل شيء. تصلح الشهادة سنة ولا يمكن تجديدها بعد. إن كان التاريخ صحيحًا على الجهازين فعلى الطرف الآخر أن يبدأ من جديد.',
  'wrong-suite': 'طلب الجهاز الآخر تشفيرًا أضعف مما يقبله جهازك. لم يُرسَل شيء. أعيدا تحميل Sotto كلاكما.',
  'wrong-version': 'تستخدمان إصدارين من Sotto لا يفهم أحدهما الآخر. لم يضِع شيء. أعيدا التحميل كلاكما.',
  replayed: 'أُعيد إرسال شيء قديم فأُهمل. رسائلك بأمان.',
  unexpected: 'هذا لا يناسب ما يجري الآن. لم يضِع شيء. حاول مرة أخرى.',
  'unknown-peer': 'حاول شخص لا تعرفه الوصول إليك فرُفض. لم يُرسَل شيء.',
  'wrong-peer': 'أجاب شخص آخر بدلًا من جهة اتصالك فرُفض. لم يُرسَل شيء. يواصل Sotto محاولة الوصول إلى الشخص الصحيح.',
  'wrong-transcript': 'كان أحدهم في وسط الاتصال فمُنع. لم يُرسَل شيء. يواصل Sotto محاولة الوصول إلى جهة اتصالك.',
  'no-relay':
    'خيار «عبر المرحّل فقط» مفعَّل ولا يوجد مرحّل، لذلك لم يتصل شيء ولم يُكشف أي عنوان. رسائلك تنتظر هنا. أوقفه من الإعدادات أو اطلب مرحّلًا ممن يدير Sotto هذا.',
  timeout: 'لم يصل رد في الوقت المناسب. لم يضِع شيء. سيحاول Sotto مرة أخرى من تلقاء نفسه.',
  'invite-malformed': 'تغيّر رابط الدعوة هذا أو قُطع في الطريق. اطلبه مرة أخرى وانسخ الرابط كاملًا.',
  'invite-expired': 'انتهت صلاحية هذه الدعوة. اطلب دعوة جديدة.',
  'invite-used': 'استُخدمت هذه الدعوة من قبل. كل دعوة تصلح مرة واحدة: اطلب دعوة جديدة.',
  'invite-revoked': 'ألغى هذه الدعوةَ من أنشأها. اطلب دعوة جديدة.',
  'invite-own': 'هذه دعوتك أنت. أرسل الرابط إلى شخص آخر.',
  'invite-unreachable': 'تعذّر الوصول إلى من أنشأ هذه الدعوة. ما زالت الدعوة صالحة: حاول حين يكون Sotto مفتوحًا عنده.',
  'cannot-decrypt': 'وصلت رسالة لا يستطيع هذا الجهاز فتحها. لم يتأثر شيء آخر. اطلب إرسالها مرة أخرى.',
  removed: 'لم تعد في هذه المحادثة. ما كُتب من قبل يبقى على هذا الجهاز.',
  'not-found': 'لم يعد هذا هنا. لم يتأثر شيء آخر.',
  'identity-missing': 'مفاتيح هذا الجهاز لم تعد موجودة، ولم يُصنع بدلًا منها شيء.',
  'identity-exists': 'هناك من يستخدم Sotto في هذا المتصفح. لم يتغير شيء.',
  'storage-full': 'لم تبقَ مساحة على هذا الجهاز. ما حُفظ من قبل بأمان. أفرغ بعض المساحة وحاول مرة أخرى.',
  'storage-failed': 'لم يستطع المتصفح الحفظ. ما حُفظ من قبل بأمان. أعد تحميل الصفحة وحاول مرة أخرى.',
  fenced: 'فُتح Sotto في تبويب آخر، وهو الذي يكتب الآن. لم يضِع شيء.',
  'worker-ended': 'أُوقف جزء من Sotto لأنه استغرق وقتًا طويلًا. ما حُفظ بأمان. أعد تحميل الصفحة.',
  unsupported: 'ينقص هذا المتصفحَ شيء يحتاج إليه Sotto. لم يضِع شيء. جرّب إصدارًا حديثًا من Firefox أو Chrome أو Safari.',
  internal: 'حدث خطأ في Sotto نفسه. ما حُفظ بأمان. أعد تحميل الصفحة وحاول مرة أخرى.',
}

const roomRefusals: Catalogue['roomRefusals'] = {
  'invite-used': 'استخدم هذه الدعوةَ كل من تسمح بدخولهم. اطلب دعوة جديدة من أحد في الغرفة.',
  'invite-expired': 'انتهت صلاحية هذه الدعوة. اطلب دعوة جديدة من أحد في الغرفة.',
  'invite-revoked': 'ألغى هذه الدعوةَ أحدٌ في الغرفة. اطلب دعوة جديدة.',
  'invite-own': 'هذه دعوتك أنت. أرسل الرابط إلى من ينبغي أن ينضم.',
  'invite-unreachable': 'تعذّر الوصول إلى من يستطيع إدخالك. ما زالت الدعوة صالحة: حاول حين يكون Sotto مفتوحًا عندهم.',
  unexpected: 'لم يُسمح لك بالدخول: رفض أحد المشرفين، أو كان هذا الجهاز في الغرفة ولم يعد فيها. اسأل أحدًا في الغرفة إن ظننت أن ذلك خطأ.',
  removed: 'أُخرجتَ من هذه الغرفة. لا يستطيع هذا الجهاز العودة إليها.',
}

const number = (count: number): string => count.toLocaleString('ar-u-nu-latn')
const plural = new Intl.PluralRules('ar')

/** What is counted, by the forms of Arabic.*/
interface Forms {
  readonly one: string
  readonly two: string
  /** 3 to 10. */
  readonly few: string
  /** 11 to 99. */
  readonly many: string
  /** 0, 100 and so on. */
  readonly other: string
}

function counted(count: number, { one, two, few, many, other }: Forms): string {
  switch (plural.select(count)) {
    case 'one':
      return one
    case 'two':
      return two
    case 'few':
      return `${number(count)} ${few}`
    case 'many':
      return `${number(count)} ${many}`
    default:
      return `${number(count)} ${other}`
  }
}

const MESSAGES: Forms = { one: 'رسالة واحدة', two: 'رسالتان', few: 'رسائل', many: 'رسالة', other: 'رسالة' }
const PEOPLE: Forms = { one: 'شخص واحد', two: 'شخصان', few: 'أشخاص', many: 'شخصًا', other: 'شخص' }
const MEMBERS: Forms = { one: 'عضو واحد', two: 'عضوان', few: 'أعضاء', many: 'عضوًا', other: 'عضو' }
const messages = (count: number): string => counted(count, MESSAGES)

export const ar: Catalogue = {
  language: 'ar',
  direction: 'rtl',
  product: 'Sotto',
  errors,

  // first screen
  tagline: 'تحدّث بهدوء.',
  sentence: 'تذهب رسائلك من متصفحك إلى متصفحهم مشفّرة. بلا حساب، ولا يحتفظ بها أي خادم.',
  yourName: 'اسمك',
  yourNameHint: 'لا يراه إلا من تتحدث معهم.',
  start: 'ابدأ',
  starting: 'تُصنع مفاتيحك',
  nameMissing: 'اكتب اسمًا أولًا.',
  nameTooLong: 'هذا الاسم طويل جدًا.',

  // chat list
  chats: 'المحادثات',
  search: 'بحث',
  searchHint: 'بحث',
  newInvite: 'دعوة جديدة',
  settings: 'الإعدادات',
  noChatsTitle: 'لا أحد هنا بعد',
  noChats: 'الدعوة رابط يصلح مرة واحدة. أرسله إلى شخص واحد بأي طريقة تشاء، وستتحدثان.',
  noMatches: 'لا توجد محادثة بهذا الاسم.',
  matches: (count) => counted(count, { one: 'محادثة واحدة', two: 'محادثتان', few: 'محادثات', many: 'محادثة', other: 'محادثة' }),
  pickChat: 'اختر محادثة لتقرأها هنا.',
  you: 'أنت',
  verified: 'موثّق',
  unread: (count) => `${number(count)} غير مقروءة`,
  newChat: 'قل مرحبًا',
  draft: 'مسودة:',
  unheld: (count) =>
    count === 1
      ? 'توجد رسالة على هذا الجهاز وحده. إن أغلقت Sotto الآن فلن تصل إلى أحد حتى تعود.'
      : `يوجد على هذا الجهاز وحده ${messages(count)}. إن أغلقت Sotto الآن فلن يصل منها شيء إلى أحد حتى تعود.`,
  brokerDown: 'الخادم الذي يعرّف الناس بعضهم ببعض لا يجيب. المحادثات المفتوحة مستمرة، والاتصالات الجديدة تنتظر.',
  loading: 'تُفتح محادثاتك',

  // link states
  connectedDirect: 'متصل مباشرة',
  connectedRelayed: 'متصل عبر مرحّل',
  connected: 'متصل',
  connecting: {
    word: 'يتصل',
    finding: 'يتصل: بحث',
    connecting: 'يتصل: فتح مسار',
    proving: 'يتصل: تحقق من الهوية',
  },
  offline: 'غير متصل',
  offlineSince: (when) => `غير متصل، آخر ظهور: ${when}`,
  nowConnected: '{name} متصل الآن.',
  nowOffline: '{name} غير متصل الآن.',

  // conversation
  messages: 'الرسائل',
  message: 'رسالة',
  send: 'إرسال',
  details: 'التفاصيل',
  back: 'رجوع',
  tickHints: {
    written: 'على هذا الجهاز فقط',
    held: 'يحتفظ بها جهاز آخر حتى تُستلم',
    delivered: 'وصلت إلى كل من أُرسلت إليه',
    read: 'قُرئت',
  },
  roomTickHints: {
    written: 'على هذا الجهاز فقط',
    held: 'يحتفظ بها عضو آخر حتى تصل إلى الجميع',
    delivered: 'وصلت إلى كل من في الغرفة',
    read: 'قُرئت',
  },
  tick: { written: 'كُتبت', held: 'محفوظة', delivered: 'وصلت', read: 'قُرئت' },
  beginning: 'قل مرحبًا. ما يُكتب هنا مشفّر، ولا تحتفظ به إلا أجهزتكما.',
  joined: 'انضم {name}.',
  renamed: '{from} اسمه الآن {name}.',
  created: 'هنا التقيتما. ما يُكتب هنا مشفّر، ولا تحتفظ به إلا أجهزتكما.',
  notices: {
    added: 'أدخل {by} العضو {name}.',
    addedByNobody: 'دخل {name}.',
    left: 'غادر {name}.',
    removed: 'أخرج {by} العضو {name}.',
    removedByNobody: 'أُخرج {name}.',
    role: { owner: 'جعل {by} العضو {name} مالكًا.', admin: 'جعل {by} العضو {name} مشرفًا.', member: 'جعل {by} العضو {name} عضوًا عاديًا.' },
    roleByNobody: { owner: '{name} مالك الآن.', admin: '{name} مشرف الآن.', member: '{name} عضو عادي الآن.' },
    roomNamed: 'سمّى {by} الغرفة {to}.',
    topic: 'حدّد {by} الموضوع: {to}',
    topicGone: 'أزال {by} الموضوع.',
    picture: 'غيّر {by} الصورة.',
    refounded: 'صُنعت مفاتيح هذه الغرفة من جديد فتغيّر رمزها. لم يضِع شيء مما كُتب.',
    gap: 'ما كُتب قبل هذا غير موجود هنا: لم يحتفظ به أحد.',
  },
  somebody: 'أحدهم',
  roomCreated: 'هنا تبدأ الغرفة. لا يقرأ ما يُكتب هنا إلا أعضاؤها، ولا تحتفظ به إلا أجهزتهم.',
  roomBeginning: 'لم يُكتب شيء منذ دخولك. لا يقرأ هذه الغرفة إلا أعضاؤها، ولا تحتفظ بها إلا أجهزتهم.',
  nobodyElse: 'لا أحد غيرك هنا بعد.',
  newMessages: 'رسائل جديدة',
  jump: 'إلى الأحدث',
  jumpNew: (count) =>
    counted(count, { one: 'رسالة جديدة', two: 'رسالتان جديدتان', few: 'رسائل جديدة', many: 'رسالة جديدة', other: 'رسالة جديدة' }),
  loadingOlder: 'تُحمَّل رسائل أقدم',
  loadingMessages: 'تُحمَّل الرسائل',
  tooLong: (bytes) => `أطول من الحد بمقدار ${number(bytes)} بايت. أرسله في جزأين.`,
  notSent: 'لم تُرسَل.',
  waitsOffline: (count) =>
    count === 1 ? 'تنتظر على هذا الجهاز حتى يتصل {name} أيضًا' : `على هذا الجهاز ${messages(count)} بانتظار أن يتصل {name} أيضًا`,
  waitsConnecting: (count) => (count === 1 ? 'تنتظر حتى يتصل {name}' : `هناك ${messages(count)} بانتظار أن يتصل {name}`),
  waitsHeld: 'يحتفظ بها جهاز آخر حتى يستلمها {name}',
  waitsForMembers: (count) =>
    count === 1 ? 'تنتظر على هذا الجهاز حتى يتصل أحد الأعضاء أيضًا' : `على هذا الجهاز ${messages(count)} بانتظار أن يتصل أحد الأعضاء أيضًا`,
  today: 'اليوم',
  yesterday: 'أمس',

  // invite dialog
  inviteLead: 'لشخص واحد. أول من يفتح الرابط يستطيع التحدث معك.',
  inviteLink: 'رابط الدعوة',
  inviteQr: 'رمز QR للدعوة',
  copyLink: 'نسخ الرابط',
  copied: 'نُسخ. أرسله إلى شخص واحد.',
  copyByHand: 'لم يسمح المتصفح بالنسخ. الرابط محدد: انسخه بيدك.',
  share: 'مشاركة',
  holdsUntil: (when) => `يصلح مرة واحدة حتى ${when}. أبقِ Sotto مفتوحًا ليصلوا إليك.`,
  holdsFrom: (made, until) => `أُنشئ ${made}. يصلح مرة واحدة حتى ${until}. إن كان عند أحد من قبل فأنشئ رابطًا جديدًا للشخص التالي.`,
  anotherLink: 'رابط جديد',
  tooManyInvites: (most) =>
    `لديك ${number(most)} من الدعوات المفتوحة، وهو الحد الأقصى. ألغِ واحدة هنا أو في تفاصيل غرفة ثم أنشئ رابطًا جديدًا.`,
  otherInvites: 'دعوات مفتوحة أخرى',
  inviteFrom: (when) => `أُنشئت ${when}`,
  inviteUntil: (when) => `تصلح حتى ${when}`,
  revoke: 'إلغاء',
  revokeFrom: (when) => `إلغاء الدعوة التي أُنشئت ${when}`,
  revoked: 'أُلغيت. يُرفض الرابط من الآن.',
  close: 'إغلاق',
  makingInvite: 'تُنشأ الدعوة',
  inviteUsed: 'استُخدمت دعوتك.',

  // rooms
  newRoom: 'غرفة جديدة',
  roomLead: 'محادثة لعدة أشخاص. لا يقرؤها إلا أعضاؤها، ولا يحتفظ بها أي خادم.',
  roomName: 'اسم الغرفة',
  topic: 'الموضوع',
  topicHint: 'اختياري: عمّ تدور الغرفة.',
  create: 'إنشاء',
  creating: 'تُنشأ الغرفة',
  tooManyWords: 'هذا طويل جدًا.',
  membersAll: (all) => counted(all, MEMBERS),
  membersOnline: (all, online) => (all === 1 ? 'عضو واحد' : `${counted(all, MEMBERS)}، المتصلون: ${number(online)}`),
  standing: { joining: 'بانتظار المفاتيح', removed: 'أُخرجت', left: 'غادرت' },
  standingText: {
    joining: 'سُمح لك بالدخول. ستقرأ وتكتب حالما يتصل عضو يسلّمك المفاتيح.',
    removed: 'أُخرجتَ من هذه الغرفة. ما كُتب من قبل يبقى على هذا الجهاز.',
    left: 'غادرتَ هذه الغرفة. ما كُتب من قبل يبقى على هذا الجهاز.',
  },
  requestsBar: (count) => (count === 1 ? 'يطلب {name} الانضمام.' : `طلبات الانضمام: ${counted(count, PEOPLE)}.`),
  review: 'مراجعة',

  // invites into a room
  roomInviteLead: 'من يفتح الرابط ينضم إلى {name}.',
  roomInviteLeadAsks: 'من يفتح الرابط يطلب الانضمام إلى {name}، ويدخل حين يوافق مشرف.',
  roomInviteHolds: (uses, when) => `عدد من يدخلهم: ${number(uses)}، حتى ${when}. أبقِ Sotto مفتوحًا على هذا الجهاز ليصلوا إليك.`,
  roomInviteCopied: 'نُسخ. أرسله إلى من ينبغي أن ينضم.',
  inviteTerms: 'هذا الرابط',
  inviteUses: 'يُدخل',
  people: (count) => counted(count, PEOPLE),
  inviteDays: 'يصلح',
  days: (count) => counted(count, { one: 'يومًا واحدًا', two: 'يومين', few: 'أيام', many: 'يومًا', other: 'يوم' }),
  approval: 'يجب أن يوافق مشرف',
  approvalWhy: 'مناسب لرابط قد يراه كثيرون.',
  newLink: 'أنشئ الرابط الجديد',
  openInvites: 'الدعوات المفتوحة',
  inviteUsedOf: (used, uses) => `استُخدم ${number(used)} من ${number(uses)}`,
  inviteAsks: 'يجب أن يوافق مشرف',
  inviteElsewhere: 'أنشأها عضو آخر',
  showLink: 'عرض',
  showLinkOf: (when) => `عرض الدعوة التي أُنشئت ${when}`,
  inviteTitle: 'دعوة',
  inviteGone: 'لم تعد هذه الدعوة صالحة.',

  // details of a room
  editRoom: 'تعديل الغرفة',
  picture: 'الصورة',
  pictureHint: 'تُصغَّر على هذا الجهاز، ويُحذف منها مكان التقاطها ووقته.',
  choosePicture: 'اختيار صورة',
  removePicture: 'إزالة الصورة',
  pictureUnreadable: 'لا يستطيع المتصفح قراءة هذا الملف صورةً. لم يتغير شيء.',
  pictureWorking: 'تُصغَّر',
  roomSaved: 'حُفظ. يراه كل من في الغرفة.',
  requests: 'طلبات الانضمام',
  asked: (when) => `طُلب ${when}`,
  letIn: 'إدخال',
  letInWho: 'إدخال {name}',
  decline: 'رفض',
  declineWho: 'رفض {name}',
  wasLetIn: 'أُدخل {name}.',
  wasDeclined: 'رُفض {name}.',
  members: 'الأعضاء',
  findMember: 'البحث عن عضو',
  noMember: 'لا أحد في هذه الغرفة بهذا الاسم.',
  showAll: (count) => `عرض الأعضاء كلهم، وعددهم ${number(count)}`,
  roles: { owner: 'مالك', admin: 'مشرف', member: 'عضو' },
  roleTexts: {
    owner: 'يستطيع كل شيء هنا، ويقرر من يكون مشرفًا.',
    admin: 'يُدخل الأشخاص ويُخرج الأعضاء ويغيّر الاسم والصورة.',
    member: 'يقرأ ويكتب.',
  },
  waitsForMember: (count) => `بانتظار {name}: ${messages(count)}`,
  member: 'عضو',
  makeRole: { owner: 'اجعله مالكًا', admin: 'اجعله مشرفًا', member: 'اجعله عضوًا عاديًا' },
  roleChanged: { owner: '{name} مالك الآن.', admin: '{name} مشرف الآن.', member: '{name} عضو عادي الآن.' },
  memberGone: 'لم يعد هذا الشخص في الغرفة.',
  remove: 'إخراج',
  removeTitle: 'إخراج من الغرفة؟',
  removeLead:
    'من الآن لا يستطيع {name} قراءة ما يُكتب هنا: يحصل الآخرون كلهم على مفاتيح جديدة. ما عند {name} من قبل يبقى على جهازه. والعودة تحتاج إلى دعوة جديدة وجهاز آخر.',
  removing: 'جارٍ الإخراج',
  wasRemoved: 'أُخرج {name}.',
  roomWaits: 'ما يُحفظ وأين',
  waitsFor: 'بانتظار',
  roomCodeLater: 'حين تكون أحدث المفاتيح على هذا الجهاز',
  roomCodeHintAll: 'رمز الغرفة واحد عند كل من يحملون المفاتيح نفسها، ويتغير معها.',
  leaveRoom: 'مغادرة الغرفة',
  leaveTitle: 'مغادرة هذه الغرفة؟',
  leaveLead: 'يرى الآخرون أنك غادرت. لا يصلك شيء مما يُكتب من الآن، وما هو هنا يبقى على هذا الجهاز. والعودة تحتاج إلى دعوة جديدة وجهاز آخر.',
  leaveHeir: 'أنت آخر مالك لها. يصبح {name} المالك.',
  leaveHeirUnknown: 'أنت آخر مالك لها. يصبح المالكَ أقدمُ المشرفين الباقين، فإن لم يكن مشرف فأقدم الأعضاء.',
  leaveAlone: 'أنت عضوها الوحيد: لن يستطيع أحد الدخول بعد ذلك.',
  leave: 'مغادرة',
  leaving: 'جارية المغادرة',
  stay: 'البقاء',

  // opened invite
  toPerson: {
    title: 'يدعوك {name}',
    unnamed: 'يدعوك أحدهم',
    claim: 'يقول الرابط إنه من {name}. حين تتصلان تستطيعان مقارنة رقم للتأكد.',
    findingHint: 'يجب أن يكون Sotto مفتوحًا عند الطرف الآخر في الوقت نفسه.',
    steps: {
      finding: 'البحث عن {name}',
      connecting: 'وصل المتصفحين',
      proving: 'التحقق من هوية كل طرف',
      joining: 'تشفير محادثتكما',
    },
  },
  toRoom: {
    title: 'الانضمام إلى {name}',
    unnamed: 'الانضمام إلى غرفة',
    claim: 'غرفة لعدة أشخاص. كل من فيها يرى اسمك وما تكتبه فيها.',
    findingHint: 'يجب أن يكون Sotto مفتوحًا عند من أنشأ الدعوة في الوقت نفسه.',
    steps: {
      finding: 'البحث عمّن يدعوك',
      connecting: 'وصل المتصفحين',
      proving: 'التحقق من هوية كل طرف',
      joining: 'استلام مفاتيح {name}',
    },
  },
  roomRefusals,
  stepApproval: 'بانتظار أن يسمح لك مشرف بالدخول',
  approvalHint: 'يرى المشرفون اسمك وطلبك. أبقِ Sotto مفتوحًا حتى يجيب أحدهم.',
  inviteRefused: 'هذه الدعوة لا تصلح',
  acceptInvite: 'قبول الدعوة',
  notNow: 'ليس الآن',
  tryAgain: 'حاول مرة أخرى',
  goToChats: 'إلى محادثاتك',
  goToStart: 'إلى الشاشة الأولى',
  stepDone: 'تم',
  stepsLabel: 'الخطوات',

  // details
  detailsOf: 'تفاصيل هذه المحادثة',
  closeDetails: 'إغلاق التفاصيل',
  notVerified: 'غير موثّق',
  verification: 'رقم الأمان',
  verificationHint: 'قارن هذه الأرقام مع {name} وجهًا لوجه أو في مكالمة. إن كانت واحدة على الشاشتين فلا أحد بينكما.',
  safetyQr: 'رمز QR لرقم الأمان',
  connection: 'هذا الاتصال الآن',
  path: 'المسار',
  pathDirect: 'مباشر، من متصفح إلى متصفح',
  pathRelayed: 'عبر مرحّل',
  pathUnknown: 'لم يُقَس بعد',
  pathNone: 'لا يوجد الآن',
  roundTrip: 'ذهابًا وإيابًا',
  milliseconds: (ms) => `${number(ms)} مللي ثانية`,
  addressHere: 'العنوان المستخدم هنا',
  addressThere: 'العنوان المستخدم هناك',
  candidates: { host: 'محلي', srflx: 'عام، عبر STUN', prflx: 'وُجد أثناء الاتصال', relay: 'للمرحّل' },
  dataSent: 'المرسَل',
  dataReceived: 'المستلَم',
  lastHeard: 'آخر ظهور',
  measuredLater: 'يُقاس الباقي ما دام هناك اتصال.',
  encryption: 'التشفير',
  suite: 'الخوارزميات',
  suites: {
    classic: 'MLS (RFC 9420): X25519, AES-128-GCM, SHA-256, Ed25519',
    hybrid: 'MLS (RFC 9420): X-Wing (X25519 + ML-KEM-768), AES-256-GCM, Ed25519',
    nist: 'MLS (RFC 9420): P-384 + ML-KEM-768, AES-256-GCM, SHA-384',
  },
  epoch: 'المفاتيح',
  epochNumber: (epoch) => `الحقبة ${number(epoch)}`,
  epochValue: (epoch, when) => `الحقبة ${number(epoch)}، منذ ${when}`,
  roomCode: 'رمز الغرفة',
  roomCodeHint: 'رمز الغرفة واحد على الشاشتين ما دامت المفاتيح نفسها عند الطرفين، ويتغير معها.',
  storage: 'ما يُحفظ وأين',
  undelivered: 'على هذا الجهاز فقط',
  undeliveredValue: (count) => (count === 0 ? 'لا شيء ينتظر' : `بالانتظار: ${messages(count)}`),
  stored: 'محفوظ على هذا الجهاز',
  storedValue: (count) => messages(count),
  infrastructure: 'من شارك وماذا يرى',
  infraServer: 'الخادم',
  infraUsed: 'مستخدم الآن',
  infraWhere: 'أين',
  whereHere: 'مضيف هذه الصفحة',
  whereElse: 'مضيف آخر',
  whereSet: 'كما ضُبط',
  infraPlain: 'نص مقروء',
  never: 'أبدًا',
  yes: 'نعم',
  no: 'لا',
  signalling: 'التعارف',
  signallingSees: 'يمرّر أوراقًا مختومة لتجد المتصفحات بعضها. يرى العناوين والأوقات، ولا يرى أسماء ولا مفاتيح ولا رسائل.',
  staticHost: 'مضيف الصفحة',
  staticHostSees: 'يقدّم شيفرة هذه الصفحة ويرى أنك حمّلتها. ومن يديره يستطيع أن يقدّم شيفرة أخرى.',
  staticUsed: 'الشيفرة فقط',
  relay: 'مرحّل (TURN)',
  relaySees: 'يمرّر حزمًا مشفّرة حين لا يوجد مسار مباشر. يرى العناوين والمقادير.',
  relayNone: 'لم يُضبط أي مرحّل.',
  messageStore: 'مخزن الرسائل',
  messageStoreSees: 'لا يوجد. الرسائل على أجهزتكم فقط.',
  noneExists: 'لا يوجد',

  // settings
  name: 'الاسم',
  save: 'حفظ',
  saved: 'حُفظ. يراه من تتحدث معهم من الآن.',
  theme: 'المظهر',
  themes: { system: 'النظام', light: 'فاتح', dark: 'داكن' },
  languageChoice: 'اللغة',
  languageSystem: (name) => `كما في المتصفح (${name})`,
  privacy: 'الخصوصية',
  readTicks: 'علامات القراءة',
  readTicksHint: 'يرى من تتحدث معهم ما قرأتَه، وترى ما قرؤوه. وعند الإيقاف لا هذا ولا ذاك.',
  relayOnly: 'عبر المرحّل فقط',
  relayOnlyHint:
    'لا يعرف من تتحدث معهم عنوان شبكتك. يمر كل شيء مشفّرًا عبر المرحّل: ذلك أبطأ، ويرى المرحّل عنوانك ومقدار ما ترسله، ومن دون مرحّل لا يتصل شيء.',
  recovery: 'عبارة الاسترداد',
  recoveryHint: '24 كلمة هي هويتك. اكتبها على ورق؛ فمن يملكها يستطيع أن يكون أنت.',
  showPhrase: 'عرض عبارة الاسترداد',
  phraseWarning: 'تأكد من أن أحدًا لا ينظر إلى شاشتك. لا يسأل Sotto عن هذه الكلمات أبدًا، ولا ينبغي لأحد أن يسأل عنها.',
  showWords: 'عرض الكلمات الأربع والعشرين',
  phraseDone: 'تم',
  phraseLabel: 'الكلمات الأربع والعشرون بالترتيب',
  readingPhrase: 'تُفتح الكلمات',
  danger: 'حذف كل شيء',
  dangerHint: 'يزيل هويتك ومحادثاتك ورسائلك من هذا المتصفح. ويحتفظ من تحدثت معهم بنسخهم.',
  deleteEverything: 'حذف كل شيء',
  deleteTitle: 'حذف كل شيء؟',
  deleteLead: 'ستزول هويتك ومحادثاتك وكل الرسائل على هذا الجهاز. ولا يستطيع أحد إعادتها.',
  deleteWord: 'حذف',
  deleteType: 'اكتب «حذف» للتأكيد',
  deleteForever: 'حذف إلى الأبد',
  deleting: 'جارٍ الحذف',
  cancel: 'إلغاء',
  version: (version) => `Sotto ${version}`,
  aboutLine: 'برمجية حرة برخصة GPL، الإصدار 3.',

  // states of the whole page
  qrFailed: 'تعذّر رسم الرمز: لم يصل جزء من Sotto.',
  partFailed: 'تعذّر تحميل هذا الجزء من Sotto. لم يضِع شيء. تحقق من الشبكة وحاول مرة أخرى.',
  lostTitle: 'مفاتيحك لم تعد هنا',
  lostBody:
    'استُخدم Sotto في هذا المتصفح، لكن المفاتيح التي تفتح محادثاتك زالت، وربما زالت المحادثات معها. قد يمحو المتصفح تخزينه حين تضيق المساحة.',
  lostKept: 'لم يُصنع بدلًا منها شيء جديد، ولم يُخبَر أحد بشيء.',
  lostWhat:
    'لا تستطيع إلا أن تبدأ من جديد: احذف ما بقي وكن شخصًا جديدًا عند من تتحدث معهم. تعود إلى الغرف بدعوة جديدة، من دون ما قيل من قبل. إن لم ترد ذلك الآن فأغلق هذا التبويب، ولن يتغير شيء.',
  startAfresh: 'احذف وابدأ من جديد',
  fencedTitle: 'Sotto مفتوح في تبويب آخر',
  fencedBody: 'لا يكتب إلا تبويب واحد، حتى لا تُرسَل رسالة أو تُحفظ مرتين. تراجع هذا التبويب ولم يضِع شيء.',
  useHere: 'استخدمه هنا',
  storageNotice: 'التخزين',
  updateNotice: 'إصدار جديد',
  updateReady: 'إصدار جديد جاهز.',
  updateApply: 'أعد التحميل الآن',
  later: 'لاحقًا',
}
