/**
 * Writes `src/authn/blocklist-data.ts`: the passwords that nobody may choose, as a sorted set of 32-bit hashes. Run by
 * hand after a change of the lists: `node --conditions=guichet-source scripts/make-blocklist.ts`.
 *
 * The lists are written here from common knowledge of what people choose, and multiplied by the patterns that they
 * apply; they are not the frequency list of a leak. What is long enough for the default minimum (15 characters) is
 * several thousand entries by itself, since a list of short passwords would never be asked there.
 */
import { writeFileSync } from 'node:fs'
import { encodeBlocklist } from '../src/authn/blocklist.ts'

const WORDS = `
password passwort motdepasse contrasena senha parola wachtwoord losenord haslo passw passwd passphrase pass secret
letmein welcome bienvenue bienvenido willkommen benvenuto login admin administrator root user guest test demo default
changeme changeit temp temporary access master superuser system server manager oracle mysql postgres database backup
cisco router internet network computer laptop windows linux ubuntu debian macintosh android iphone samsung google
facebook instagram twitter youtube amazon netflix microsoft apple linkedin myspace yahoo hotmail gmail outlook skype
monkey dragon tiger lion elephant panther eagle falcon wolf shadow phoenix unicorn butterfly dolphin kitty kitten
puppy bear rabbit horse chicken turtle spider scorpion cobra shark penguin panda koala giraffe zebra hamster bulldog
football baseball basketball soccer hockey tennis golf rugby volleyball cricket swimming running boxing karate judo
liverpool arsenal chelsea manchester barcelona realmadrid juventus milan bayern dortmund ajax celtic rangers everton
tottenham newcastle marseille olympique lyon paris psg benfica porto flamengo corinthians palmeiras santos boca river
yankees redsox cowboys steelers eagles packers patriots lakers celtics bulls knicks warriors raiders broncos giants
superman batman spiderman ironman wolverine hulk thor captain avengers joker naruto goku pokemon pikachu charizard
zelda mario luigi sonic minecraft fortnite roblox warcraft starcraft diablo halo starwars startrek skywalker vader
yoda obiwan chewbacca matrix neo trinity gandalf frodo aragorn legolas hobbit hogwarts harrypotter dumbledore hermione
voldemort snoopy garfield mickey minnie donald goofy simba nemo bambi tinkerbell cinderella rapunzel elsa frozen
princess prince queen king angel devil heaven hell jesus christ god faith hope grace blessed church bible lord saint
mary joseph michael jessica jennifer ashley amanda samantha nicole daniel andrew joshua matthew anthony william
christopher robert thomas charlie jordan michelle melissa stephanie rebecca elizabeth victoria alexander alexandra
benjamin jonathan nathan nicholas patrick richard steven brandon justin austin taylor hannah sarah laura emily emma
olivia sophia isabella charlotte amelia oliver jack harry george jacob noah liam mason ethan logan lucas hunter tyler
dylan cameron morgan maggie buster bailey lucky max rocky buddy cooper ginger pepper cookie coco oreo daisy molly
sophie chloe lucy bella lola luna simon peter martin david james john paul mark kevin brian eric jason adam alex sam
pierre jean marie julie camille nathalie isabelle sylvie philippe francois nicolas julien sebastien aurelie celine
antoine thierry laurent olivier vincent loulou doudou chouchou cherie soleil coucou bonjour azerty azertyuiop
marseillaise toulouse bordeaux nantes strasbourg lille carlos jose maria juan pedro luis miguel antonio francisco
manuel alejandro fernando ricardo eduardo roberto gabriel rafael andres diego javier daniela valentina camila andrea
gabriela fernanda carolina alejandra teamo tequiero mivida miamor corazon amor amorcito princesa estrella bonita
hermosa familia amigos juanito jesuscristo brasil portugal argentina mexico colombia chile peru espana madrid sevilla
lisboa joao paulo ana beatriz mariana rodrigo gustavo felipe vitoria saudade coracao flor lindinha gatinha
schatz schatzi liebe ichliebedich hallo berlin hamburg muenchen frankfurt stefan thomas andreas michaela sabine
claudia alexandros ciao amore tiamo roma napoli giuseppe francesca alessandro valentino andreea
love lover loveme lovely iloveyou iloveu ilovehim iloveher ilovegod ilovemyself ilovemom iloveme loveyou babygirl
babyboy baby honey sweetie sweetheart darling sexy hottie cutie beautiful gorgeous handsome pretty kisses hugs
forever always together friends friendship bestfriend family mother father mommy daddy sister brother grandma grandpa
sunshine moonlight starlight rainbow summer winter spring autumn january february march april monday tuesday
wednesday thursday friday saturday sunday november december october september august christmas halloween birthday
flower rose lily violet jasmine orchid sunflower cherry apple banana orange strawberry peach lemon mango pineapple
chocolate vanilla caramel cookies candy sugar coffee whiskey vodka tequila budweiser heineken guinness corona pizza
hamburger cheese bacon chicken sausage potato tomato pumpkin popcorn pancake cupcake muffin
red blue green yellow purple black white silver golden orange pink crimson scarlet emerald diamond ruby sapphire
crystal pearl platinum bronze copper mercury venus earth mars jupiter saturn neptune pluto galaxy universe cosmos
planet star moon sky ocean river mountain forest desert island beach paradise thunder lightning storm hurricane
tornado blizzard fire water stone diamondback
ferrari porsche lamborghini mercedes bmw audi toyota honda nissan mazda subaru corvette mustang camaro charger harley
yamaha kawasaki suzuki ducati chevrolet cadillac jaguar bentley volvo peugeot renault citroen
guitar piano drummer music metallica nirvana slipknot beatles greenday blink eminem tupac rihanna beyonce shakira
madonna elvis rockstar hiphop jazz blues punk metal rocknroll heavymetal bobmarley linkinpark ironmaiden
america american england britain london scotland ireland canada australia germany france italy spain russia china
japan india brazil texas california florida newyork chicago boston dallas houston denver detroit phoenixsun seattle
vegas hollywood washington atlanta miami
freedom liberty justice peace happy happiness smile laugh lucky success winner champion victory power energy strength
courage warrior soldier marine army navy airforce ranger sniper hunter killer ninja samurai pirate cowboy wizard
magic mystery secretword hacker cracker matrixreloaded cyber security private confidential qwerty qwertyui
qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc qweasd qweasdzxc poiuytrewq lkjhgfdsa mnbvcxz
abc abcd abcde abcdef abcdefgh abcabc aaa aaaa aaaaaa zzzzzz xxxxxx asdf asdfasdf qwer qwerqwer zaqxsw
whatever nothing something anything everything nobody somebody anybody hello goodbye please thankyou sorry okay
fuckyou fuckme fucker asshole bitch bastard bullshit shithead pussy biteme suckit
startfinish opensesame sesame trustnoone trustno letmeinnow comeon gohome getout shutup stopit

blink182 abc123 trustno1 p@ssw0rd passw0rd pa55word r2d2c3po c3por2d2 ncc1701 ou812 jenny8675309 hunter2 4ever4me
`

const PHRASES = `
thisismypassword thisismypassword1 thisisapassword thisisasecret thisismysecret mypasswordis123 mypasswordispassword
passwordpassword passwordpassword1 passwordispassword iloveyouforever iloveyousomuch iloveyoubaby iloveyoumore
iloveyoualways iloveyou4ever iloveyou123456 iloveyouverymuch ilovemyfamily ilovemymother ilovemyhusband ilovemywife
ilovemychildren ilovemykids ilovemydog ilovemycat ilovemylife ilovemyboyfriend ilovemygirlfriend ilovejesuschrist
jesusismysavior jesuslovesme jesusismylord godisgoodallthetime godislove godblessyou godblessamerica inthenameofgod
praisethelord ihatepasswords ihatethispassword idontknow idontremember iforgotmypassword iforgetmypassword forgotpassword
letmeinplease letmeinnowplease pleaseletmein openthedoor opensesame123 correcthorsebatterystaple
correct-horse-battery-staple tobeornottobe tobeornottobethatisthequestion maytheforcebewithyou maytheforce
onceuponatime happilyeverafter happybirthday happybirthdaytoyou happynewyear merrychristmas goodmorning goodnight
goodmorningamerica helloworld helloworld123 hellokitty hellokitty123 howareyoutoday whatsyourname mynameis
changethispassword changemeplease changemenow defaultpassword administrator1 administrator123 administratorpassword
adminadminadmin rootrootrootroot testtesttesttest testpassword123 temporarypassword temppassword123 welcome123456789
welcometothejungle stairwaytoheaven hotelcalifornia bohemianrhapsody yellowsubmarine letitbeletitbe heyjudeheyjude
wewillrockyou wearethechampions anotherbrickinthewall darksideofthemoon smellsliketeenspirit sweetchildofmine
liverpoolfootballclub manchesterunited manchesterunited1 manchestercity realmadridcf fcbarcelona barcelonafc
chelseafootball arsenalfootball youllneverwalkalone olympiquedemarseille parissaintgermain allezlesbleus
jetaimepourtoujours jetaimemonamour motdepasse12345 motdepassemotdepasse bonjourtoutlemonde vivelafrance
teamomuchomucho teamoconlocura tequieromucho contrasena12345 holamundo123456 micontrasena123 minhasenha12345
euteamomuito deusefiel jesuscristoesmisalvador ichliebedichschatz meinpasswort123 hallohallohallo
supercalifragilisticexpialidocious thequickbrownfox thequickbrownfoxjumps jumpsoverthelazydog
maryhadalittlelamb twinkletwinkle humptydumpty rowrowrowyourboat onetwothreefour onetwothreefourfive
threeblindmice oneringtorulethemall winteriscoming winteriscoming1 valarmorghulis youknownothing gameofthrones
lordoftherings starwarsforever starwarsepisode harrypotterhogwarts captainamerica incrediblehulk thedarkknight
fantasticfour powerrangers teenagemutantninja grandtheftauto callofduty1234 worldofwarcraft leagueoflegends
counterstrike supermariobros pokemonpokemon minecraftminecraft fortnitefortnite iamthebest123456 iamthebestever
youaremysunshine youarebeautiful youaresobeautiful livelaughlove livelaughlove1 peaceandlove bestfriendsforever
bestfriends4ever friendsforever123 familyforever123 mommyanddaddy momanddad123456 sexdrugsrocknroll drugsandrocknroll
fuckyoufuckyou fuckyoubitches gotohellgotohell whateverwhatever nothingisimpossible nothingelsematters
everythingisawesome neversaynever123 nevergiveup1234 dontforgetthis donttellanyone dontworrybehappy hakunamatata
keepcalmandcarryon carpediem123456 iamyourfather lukeiamyourfather housesandgardens qwertyuiopasdfghjkl
qwertyuiopasdfghjklzxcvbnm azertyuiopqsdfghjklm azertyuiopqsdfghjklmwxcvbn qwertzuiopasdfghjkl 1qaz2wsx3edc4rfv
1qaz2wsx3edc4rfv5tgb 1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8 qazwsxedcrfvtgb qazwsxedcrfvtgbyhnujm
zaq12wsxcde34rfv zaq1xsw2cde3vfr4 qwerty1234567890 1234567890qwerty 1234567890qwertyuiop qwertyuiop1234567890
1234qwerasdfzxcv qwerasdfzxcv1234 qwerasdfzxcvtyui asdfghjklzxcvbnm zxcvbnmasdfghjkl zxcvbnmasdfghjklqwertyuiop
abcdefghijklmno abcdefghijklmnop abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz123 abcdefghij1234567890
abc123abc123abc123 abcd1234abcd1234 aabbccddeeffgghh aaabbbcccdddeeefff 112233445566778 1122334455667788
11223344556677889900 123123123123123 123456123456123456 123456789012345 1234567890123456 12345678901234567890
123456789123456789 987654321987654321 098765432109876 00000000000000000 111111111111111 112358132134558
314159265358979 3141592653589793 271828182845904 2718281828459045 147258369147258 147258369147258369 159753159753159
159357159357159 741852963741852 789456123789456123 123321123321123 1q2w3e1q2w3e1q2w3e q1w2e3q1w2e3q1w2e3
onetwothreefourfivesix passwordpasswordpassword p@ssw0rdp@ssw0rd passw0rdpassw0rd letmeinletmein123 secretsecret123
administrator2024 companypassword mycompanypassword summersummersummer iwanttobreakfree idontwanttomiss
`

// Shorter tails of digits and signs are taken off before a password is looked up.
const TAILS = ['1234567', '12345678', '123456789', '1234567890']
const HEADS = ['my', 'the', 'ilove', '123', '12345', '123456', '123456789', 'super', 'iam', 'hello', 'qwerty']
const ROWS = [
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  'qwertzuiop',
  'yxcvbnm',
  '1234567890',
  '0987654321',
  'abcdefghijklmnopqrstuvwxyz',
]
/** Those that people put together with another one. */
const TOP = 90
const LENGTH_MIN = 6

function* combine(words: readonly string[]): Generator<string> {
  const top = words.slice(0, TOP)
  for (const word of words) {
    yield word
    yield word.repeat(2)
    yield word.repeat(3)
    for (const tail of TAILS) yield word + tail
    for (const head of HEADS) yield head + word
    yield [...word].reverse().join('')
  }
  for (const first of top) for (const second of top) if (first.length + second.length >= 15) yield first + second
  for (const first of ROWS) for (const second of ROWS) yield first + second
}

const words = [...new Set(WORDS.split(/\s+/).filter((word) => word !== ''))]
const phrases = PHRASES.split(/\s+/).filter((phrase) => phrase !== '')
const entries = new Set(
  [...combine(words), ...phrases].filter((entry) => entry.length >= LENGTH_MIN && entry.length <= 64),
)
const long = [...entries].filter((entry) => entry.length >= 15).length
const text = encodeBlocklist(entries)

writeFileSync(
  new URL('../src/authn/blocklist-data.ts', import.meta.url),
  `/** Written by \`scripts/make-blocklist.ts\`: ${entries.size} passwords, ${long} of them of 15 characters or more. */
export const BLOCKLIST_SIZE = ${entries.size}
/** Differences of the sorted 32-bit hashes as LEB128 numbers, in base64. */
export const BLOCKLIST: string =
  '${text}'
`,
)
console.log(
  `${words.length} words, ${entries.size} entries, ${long} of 15 characters or more, ${text.length} characters`,
)
