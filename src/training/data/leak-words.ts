/**
 * Words that keep a picture out of training: what the held-out concepts are called (novel ones, those of development
 * runs, and the relatives of both), their synonyms and their parts. A word of five letters or more counts inside a
 * compound too ("flashlight" in "flashlights"); a shorter one, or one after `=`, only as a word of its own.
 */
export const LEAK_WORDS: readonly string[] = words(`
  deer reindeer moose elk antler stag doe fawn venison camel dromedary hump llama alpaca raccoon donkey mule burro zebra
  hedgehog porcupine skunk ram ewe goat sheep lamb aries capricorn mammoth
  turkey rooster cockerel cock hen poultry flamingo heron stork ibis pelican crane bird birdhouse birdie dove pigeon dodo wing feather twitter
  ant ladybug ladybird beetle bug debug debugger insect scorpion scorpio scorpius cockroach roach fly housefly flies
  lobster crayfish crawfish shrimp prawn tempura
  hibiscus tulip hyacinth lavender flower blossom bloom sakura seedling sprout seed sapling plant potted pot eco
  shamrock clover maple leaf leaves foliage canada herb sheaf wheat grain rice
  tangerine =orange mandarin citrus clementine avocado mango chili chilli chile pepper capsicum spicy
  peanut nut chestnut acorn hazelnut almond walnut
  pancake crepe meat steak beef ham bacon pork rib kebab barbecue bbq burrito taco tortilla wrap stew soup casserole hotpot cooking
  salad bento lunchbox takeout takeaway cracker onigiri curry noodle ramen udon soba pho bowl chopstick pretzel can tin canned
  dumpling gyoza pierogi momo empanada dango oden skewer lollipop lolly candy sweets pie
  wine wineglass goblet =glass champagne sommelier corkscrew bottle cocktail martini mojito margarita drink juice =tropical
  whisky whiskey tumbler liquor bourbon pouring pour liquid beverage ice cube
  stadium arena =classical museum court courthouse bank piggy pillar parthenon temple institution government finance
  banknote dollar euro pound yen money bill cash currency department store shop shopping mall market convenience storefront
  tower tokyo eiffel statue liberty sculpture monument church chapel cathedral christian christianity mosque islam muslim minaret
  kaaba mecca office building skyscraper cabinet archive =file
  tractor combine harvester speedboat boat sailboat sail sailing yacht canoe kayak motorboat paddle raft dinghy catamaran regatta
  buoy lifebuoy lifebelt lifesaver
  comet meteor asteroid droplet drop drip raindrop teardrop blood humidity oil dew tear =water waterdrop waterfall
  volleyball bowling bowler pin tenpin skittle hockey puck rink ping pong pingpong racket racquet tennis badminton shuttlecock
  cricket bat boxing boxer glove mitten mitt punch softball skate skating skater roller rollerblade skateboard
  ski skis skiing skier lacrosse curling rock =stone boulder gem diamond jewel jewelry jewellery field
  tank singlet undershirt sleeveless top kimono yukata robe bikini swimsuit swimwear bra underwear
  ring earring engagement wedding goggle mask buckle
  trumpet horn bugle cornet =brass trombone tuba saxophone sax guitar violin cello fiddle viola ukulele fanfare instrument bass
  pager beeper battery batteries charge charger charging accumulator power low plug plugin socket outlet unplug plugged electric electricity
  magnifying magnifier magnify loupe zoom search find lookup lens bulb lightbulb lamp =light lighting idea led
  flashlight torch lantern wrench spanner tool toolbox repair fix mechanic maintenance hammer mallet bolt screw hardware
  snowboard snowshoe rowing kitesurfing windsurfing bullhorn landmark university library apartment taj mahal pearl usb drumstick
  sausage cheer dropper eyedropper fluid shrub growth grass nature vegan organic laurel spa hop cannabis holly dragonfly pickaxe
  falling vest
  clamp vise vice axe hatchet tomahawk saw handsaw chainsaw sawblade hook ladder stepladder
`);

function words(list: string): string[] {
  return list.trim().split(/\s+/);
}

const INSIDE: readonly string[] = LEAK_WORDS.filter((word) => word.length >= 5 && !word.startsWith('='));
const WHOLE: ReadonlySet<string> = new Set(LEAK_WORDS.map((word) => word.replace('=', '')));

/** True if one of these words (lower case, singular) tells of something that is held out. */
export function leaks(name: readonly string[]): boolean {
  return name.some((word) => WHOLE.has(word) || INSIDE.some((part) => word.includes(part)));
}
