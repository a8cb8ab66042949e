/** The emoji that the picker offers, each with the words that it is found by. Any other can still come from somebody else. */
export type EmojiGroup = 'faces' | 'people' | 'nature' | 'food' | 'doing' | 'things' | 'signs'

const of = (text: string): readonly { readonly emoji: string; readonly words: string }[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [emoji = '', ...words] = line.trim().split(' ')
      return { emoji, words: words.join(' ') }
    })

export const EMOJI: Readonly<Record<EmojiGroup, ReturnType<typeof of>>> = {
  faces: of(`
    😀 grin smile happy
    😃 smile happy open
    😄 laugh smile happy
    😁 beam grin teeth
    😆 laugh squint
    😅 sweat relief laugh
    🤣 rolling laughing lol
    😂 tears joy laugh lol
    🙂 slight smile
    🙃 upside down silly
    😉 wink
    😊 blush smile happy
    😇 angel halo innocent
    🥰 love hearts adore
    😍 heart eyes love
    🤩 star struck wow
    😘 kiss love
    😋 yum tasty
    😜 wink tongue crazy
    🤪 zany crazy
    🤗 hug
    🤭 giggle oops
    🤫 quiet shush secret
    🤔 think hmm
    🫡 salute yes sir
    🤨 eyebrow doubt
    😐 neutral meh
    😶 no mouth silent
    😏 smirk
    😒 unamused
    🙄 eye roll
    😬 grimace awkward
    😌 relieved calm
    😔 sad pensive
    😴 sleep tired
    😷 mask ill sick
    🤒 ill fever sick
    🤧 sneeze cold
    🥵 hot
    🥶 cold freezing
    🤯 mind blown
    🥳 party celebrate
    😎 cool sunglasses
    🤓 nerd
    😕 confused
    😟 worried
    🙁 sad frown
    😮 wow open mouth
    😲 astonished wow
    🥺 please puppy eyes
    😢 cry tear sad
    😭 sob crying
    😱 scream fear
    😞 disappointed
    😩 weary tired
    😤 huff angry
    😡 angry rage
    🤬 swear angry
    😈 devil
    💀 skull dead
    🤡 clown
    👻 ghost
    🤖 robot
  `),
  people: of(`
    👍 thumbs up yes good like
    👎 thumbs down no bad
    👌 ok perfect
    🤌 pinched italian
    ✌️ victory peace
    🤞 fingers crossed luck
    🫰 snap
    🤘 rock
    🤙 call me
    👈 left point
    👉 right point
    👆 up point
    👇 down point
    ☝️ one point
    ✋ hand stop
    👋 wave hello bye
    🤚 back hand
    🖖 vulcan
    👏 clap applause
    🙌 hooray hands
    🫶 heart hands love
    👐 open hands
    🤝 handshake deal
    🙏 please thanks pray
    💪 strong muscle
    ✍️ write
    👀 eyes look
    🧠 brain
    🫀 heart organ
    👂 ear listen
    💃 dance
    🕺 dance
    🤷 shrug dunno
    🤦 facepalm
    🙋 raise hand
    🙇 bow
    🏃 run
    🚶 walk
    👶 baby
    👨‍👩‍👧 family
  `),
  nature: of(`
    🐶 dog
    🐱 cat
    🐭 mouse
    🐰 rabbit
    🦊 fox
    🐻 bear
    🐼 panda
    🐨 koala
    🐯 tiger
    🦁 lion
    🐮 cow
    🐷 pig
    🐸 frog
    🐵 monkey
    🙈 see no evil monkey
    🙉 hear no evil monkey
    🙊 speak no evil monkey
    🐔 chicken
    🐧 penguin
    🦉 owl
    🦄 unicorn
    🐝 bee
    🦋 butterfly
    🐌 snail slow
    🐢 turtle slow
    🐙 octopus
    🐬 dolphin
    🐳 whale
    🌵 cactus
    🌲 tree
    🌱 seedling plant
    🍀 clover luck
    🌸 blossom flower
    🌹 rose flower
    🌻 sunflower
    🍁 leaf autumn
    🍄 mushroom
    🌍 earth world
    🌙 moon night
    ⭐ star
    ☀️ sun
    ⛅ cloud sun
    🌧️ rain
    ⛈️ storm
    ❄️ snow
    🔥 fire hot
    🌈 rainbow
    🌊 wave sea
  `),
  food: of(`
    🍎 apple
    🍌 banana
    🍇 grapes
    🍓 strawberry
    🍒 cherries
    🍑 peach
    🍋 lemon
    🥑 avocado
    🍅 tomato
    🥕 carrot
    🌶️ chili hot
    🍞 bread
    🥐 croissant
    🧀 cheese
    🍳 egg cook
    🥞 pancakes
    🍔 burger
    🍟 fries
    🍕 pizza
    🌮 taco
    🥗 salad
    🍝 pasta spaghetti
    🍜 noodles ramen
    🍣 sushi
    🍚 rice
    🍲 stew soup
    🍦 ice cream
    🍩 donut
    🍪 cookie
    🎂 cake birthday
    🍫 chocolate
    🍿 popcorn
    ☕ coffee tea
    🍵 tea
    🧃 juice
    🍺 beer
    🍻 cheers beer
    🥂 cheers toast
    🍷 wine
  `),
  doing: of(`
    ⚽ football soccer
    🏀 basketball
    🎾 tennis
    🏐 volleyball
    🎳 bowling
    🏊 swim
    🚴 bike cycle
    🧗 climb
    🧘 yoga calm
    🎮 game play
    🎲 dice game
    ♟️ chess
    🎨 art paint
    🎬 film cinema
    🎤 sing karaoke
    🎧 music headphones
    🎸 guitar music
    🎹 piano music
    🏆 trophy win
    🥇 first gold
    🎯 target bullseye
    🚗 car
    🚌 bus
    🚆 train
    ✈️ plane fly
    🚀 rocket launch
    ⛵ boat sail
    🏠 home house
    🏖️ beach holiday
    🏔️ mountain
    ⛺ tent camp
    🗺️ map
  `),
  things: of(`
    🎉 party tada celebrate
    🎁 gift present
    🎈 balloon
    📷 camera photo
    📱 phone
    💻 computer laptop
    ⏰ alarm clock time
    ⌛ hourglass wait
    📅 calendar date
    📌 pin
    📎 paperclip
    ✏️ pencil write
    📚 books read
    📖 book read
    📬 mail letter
    🔑 key
    🔒 lock secret
    🔧 tool fix
    🔨 hammer
    💡 idea light
    🔋 battery
    💰 money
    💊 pill medicine
    🩹 plaster heal
    🛒 shopping
    🧹 broom clean
    🛏️ bed sleep
    🚿 shower
    ☂️ umbrella
    👓 glasses
    👟 shoe
    💎 gem
  `),
  signs: of(`
    ❤️ red heart love
    🧡 orange heart
    💛 yellow heart
    💚 green heart
    💙 blue heart
    💜 purple heart
    🖤 black heart
    🤍 white heart
    💔 broken heart
    ❤️‍🔥 burning heart
    💕 two hearts love
    💯 hundred perfect
    ✅ check yes done
    ✔️ check yes
    ❌ cross no
    ❓ question
    ❗ exclamation
    ⁉️ what
    ⚠️ warning
    🚫 forbidden no
    ♻️ recycle
    ➕ plus more
    ➖ minus
    ➡️ right arrow
    ⬆️ up arrow
    ⬇️ down arrow
    🔁 repeat
    🆗 ok
    🆕 new
    🔴 red circle
    🟢 green circle
    🔵 blue circle
    ✨ sparkles
    💥 boom
    💤 sleep zzz
    💬 speech chat
    🏁 finish flag
    🏳️‍🌈 rainbow flag pride
  `),
}
