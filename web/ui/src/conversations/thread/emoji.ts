/** Common emoji with the words they are found by, in Polish and English. */

type EmojiRow = readonly [emoji: string, words: string];

function table(lines: string): EmojiRow[] {
  return lines
    .trim()
    .split("\n")
    .map((line) => {
      const [emoji = "", ...words] = line.trim().split(" ");
      return [emoji, words.join(" ")] as const;
    });
}

export const EMOJI: readonly { name: string; rows: readonly EmojiRow[] }[] = [
  {
    name: "faces",
    rows: table(`
      😀 usmiech radosc smile grin happy
      😄 smiech radosc laugh happy
      😁 zeby usmiech grin beam
      😅 ulga pot sweat relief
      😂 placze ze smiechu lzy joy tears lol
      🤣 boki zrywac rofl lol
      🙂 usmiech lekki slight smile
      🙃 do gory nogami upside down
      😉 oczko mrugniecie wink
      😊 rumieniec blush smile
      😇 aniol angel innocent
      🥰 zakochany milosc love hearts
      😍 oczy serca love eyes
      😘 buziak kiss
      😋 pychota yum tasty
      😎 okulary luz cool sunglasses
      🤓 kujon nerd
      🧐 monokl sprawdzam inspect monocle
      🤔 mysle zastanowienie think hmm
      🤨 watpie brew doubt eyebrow
      😐 neutralny neutral
      😑 bez wyrazu expressionless
      😶 bez slow cisza speechless
      🙄 przewraca oczami eyeroll
      😏 usmieszek smirk
      😬 grymas ups grimace
      😌 spokoj ulga relieved calm
      😔 smutek zamyslony pensive sad
      😴 spi zmeczony sleep tired
      🤒 chory goraczka sick fever
      🤕 ranny bandaz hurt bandage
      🥵 goraco upal hot
      🥶 zimno mroz cold
      🤯 wybuch szok mind blown
      🥳 impreza swietowanie party celebrate
      😕 zmieszany confused
      😟 zmartwiony worried
      🙁 smutny sad frown
      😮 zdziwienie wow surprised
      😲 szok zdumienie astonished shock
      😳 wstyd zaklopotanie flushed
      🥺 prosze blagam pleading
      😢 placz lza cry tear
      😭 ryk placz sob cry
      😱 krzyk strach scream fear
      😡 zly wsciekly angry rage
      😤 para z nosa triumf huff
      🤬 przeklina swearing
      🤖 robot bot
      👻 duch ghost`),
  },
  {
    name: "hands",
    rows: table(`
      👍 kciuk dobrze tak ok zgoda thumbs up yes like
      👎 kciuk w dol nie zle thumbs down no
      👌 ok w porzadku perfect
      ✌️ pokoj zwyciestwo victory peace
      🤞 trzymam kciuki powodzenia fingers crossed luck
      🤝 umowa uscisk dloni zgoda handshake deal
      👏 brawo oklaski clap bravo
      🙌 hura rece w gore hooray hands
      🙏 dziekuje prosze modlitwa thanks please pray
      💪 sila miesien strong muscle
      👋 czesc machanie hello wave bye
      ✋ stop reka hand stop
      🖐️ dlon piec hand five
      👉 tam w prawo right point
      👈 tam w lewo left point
      👆 wyzej w gore up point
      👇 nizej w dol down point
      ✍️ pisze podpis write sign
      👀 patrze oczy look eyes
      🧠 mozg madry brain
      🤷 nie wiem wzrusza ramionami shrug
      🤦 facepalm zalamka
      🙋 zglaszam sie ja raise hand me
      🧑‍🔧 mechanik serwisant technician mechanic
      🧑‍💻 programista komputer developer
      🧑‍🏭 fabryka pracownik factory worker`),
  },
  {
    name: "signs",
    rows: table(`
      ❤️ serce milosc heart love
      🧡 pomaranczowe serce orange heart
      💛 zolte serce yellow heart
      💚 zielone serce green heart
      💙 niebieskie serce blue heart
      💜 fioletowe serce purple heart
      🖤 czarne serce black heart
      💔 zlamane serce broken heart
      ✅ zrobione gotowe tak done check yes
      ☑️ zaznaczone checked box
      ✔️ ptaszek check
      ❌ nie blad krzyzyk no wrong cross
      ❓ pytanie question
      ❗ wazne wykrzyknik important exclamation
      ⚠️ uwaga ostrzezenie warning
      ⛔ zakaz stop forbidden
      🚫 zakaz nie wolno prohibited
      🆗 ok w porzadku
      🆘 pomoc ratunku help sos
      💯 sto procent hundred perfect
      🔥 ogien super fire hot
      ✨ blyszczy nowe sparkles new
      ⭐ gwiazda star
      ⚡ prad szybko zap fast power
      💥 bum awaria boom collision
      💡 pomysl zarowka idea bulb
      💤 spanie nuda sleep
      💬 dymek rozmowa speech chat
      🔔 dzwonek przypomnienie bell reminder
      🔇 wyciszone muted
      🔴 czerwony red
      🟡 zolty yellow
      🟢 zielony green
      🔵 niebieski blue
      ➕ plus dodaj add
      ➖ minus odejmij remove
      ⏳ czekam klepsydra wait hourglass
      ⏰ budzik czas alarm time
      🔜 wkrotce soon`),
  },
  {
    name: "work",
    rows: table(`
      🔧 klucz naprawa wrench repair
      🔨 mlotek hammer
      🪛 srubokret screwdriver
      🛠️ narzedzia naprawa tools
      ⚙️ zebatka ustawienia gear settings
      🔩 sruba bolt nut
      🧰 skrzynka narzedzia toolbox
      🔋 bateria battery
      🔌 wtyczka zasilanie plug power
      💧 kropla wyciek woda drop leak water
      🛢️ olej beczka oil drum
      🌡️ temperatura termometr temperature
      📏 linijka miara ruler measure
      🏭 fabryka zaklad factory
      🚚 dostawa ciezarowka delivery truck
      🚗 auto samochod car
      ✈️ samolot podroz plane travel
      🚀 rakieta start rocket launch
      📦 paczka przesylka package parcel
      📞 telefon zadzwon phone call
      📱 komorka smartfon mobile
      💻 laptop komputer computer
      🖨️ drukarka printer
      📷 aparat zdjecie camera photo
      🎥 kamera film video
      🎤 mikrofon microphone
      🎧 sluchawki headphones
      📧 mail poczta email
      📅 kalendarz termin calendar date
      📎 zalacznik spinacz attachment clip
      📝 notatka zapis note memo
      📄 dokument strona document page
      📊 wykres chart
      📈 wzrost wykres up growth
      📉 spadek wykres down fall
      🔍 szukaj lupa search
      🔒 zamkniete klodka locked
      🔓 otwarte klodka unlocked
      🔑 klucz haslo key password
      💰 pieniadze kasa money
      🧾 rachunek paragon receipt invoice
      🎯 cel trafione target goal
      🏁 meta koniec finish flag`),
  },
  {
    name: "life",
    rows: table(`
      🎉 gratulacje impreza party congratulations
      🎊 konfetti confetti
      🎂 tort urodziny birthday cake
      🎁 prezent gift
      🏆 puchar wygrana trophy win
      🥇 zloto pierwszy gold first
      👑 korona crown
      🌹 roza kwiat rose flower
      💐 bukiet kwiaty bouquet flowers
      🌻 slonecznik sunflower
      🍀 koniczyna szczescie luck clover
      🌞 slonce sun
      🌧️ deszcz rain
      ❄️ snieg mroz snow
      🌈 tecza rainbow
      ☕ kawa przerwa coffee break
      🍵 herbata tea
      🍺 piwo beer
      🍾 szampan champagne
      🍕 pizza jedzenie food
      🍰 ciasto cake
      🍎 jablko apple
      🐶 pies dog
      🐱 kot cat
      🐞 biedronka blad bug
      🐢 zolw wolno turtle slow
      🦉 sowa madry owl wise
      ⚽ pilka football soccer
      🏠 dom home house
      🏖️ urlop plaza vacation beach
      🇵🇱 polska poland flag
      🇬🇧 anglia wielka brytania britain flag
      🇩🇪 niemcy germany flag
      🇨🇿 czechy czech flag
      🇸🇰 slowacja slovakia flag
      🇺🇦 ukraina ukraine flag
      🇪🇺 europa unia european union flag`),
  },
];

function fold(text: string): string {
  return text.toLowerCase().replaceAll("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");
}

/** Emoji with words that begin like each of those wanted. */
export function findEmoji(words: string): string[] {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  return EMOJI.flatMap(({ rows }) => rows)
    .filter(([emoji, known]) => {
      const parts = known.split(" ");
      return wanted.every((word) => emoji === word || parts.some((part) => part.startsWith(word)));
    })
    .map(([emoji]) => emoji);
}

const RECENT_KEY = "centrala.emoji";
const RECENT_MAX = 16;

/** What was chosen last on this device, newest first. */
export function readRecent(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(RECENT_KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string").slice(0, RECENT_MAX) : [];
  } catch {
    return [];
  }
}

export function rememberRecent(emoji: string): void {
  try {
    localStorage.setItem(RECENT_KEY, JSON.stringify([emoji, ...readRecent().filter((one) => one !== emoji)].slice(0, RECENT_MAX)));
  } catch {
    // A full or forbidden storage: nothing is remembered.
  }
}
