import { existsSync } from 'node:fs';
import { Tokenizer } from '../../../src/model/tokenizer.ts';
import type { CategoryName } from '../../../src/training/data/categories.ts';
import type { Concept } from '../../../src/training/data/concepts.ts';
import { makeSplit, type PictureFacts, type Split } from '../../../src/training/data/split.ts';
import { STYLES } from '../../../src/training/data/styles.ts';
import { trainTokenizer } from '../../../src/training/data/train-tokenizer.ts';

/** English, Korean and tags, kind by kind: made-up data of the real shape, since CI installs no training data. */
const THINGS: Record<CategoryName, string> = {
  animal:
    'fox 여우 wild, dog 개 pet, guide dog 안내견 pet help, poodle 푸들 pet, cat 고양이 pet, bear 곰 wild, koala 코알라 wild',
  bird: 'flamingo 홍학 wild, owl 부엉이 wild, duck 오리 pond, swan 백조 pond, parrot 앵무새 talk, penguin 펭귄 ice',
  'sea animal': 'crab 꽃게 claw, shark 상어 sea, whale 고래 sea, squid 오징어 sea, octopus 문어 arms',
  insect: 'ant 개미 small, spider 거미 web, butterfly 나비 wing, worm 지렁이 soil',
  plant: 'tulip 튤립 spring, cactus 선인장 desert, herb 풀 green, mushroom 버섯 wood',
  fruit:
    'melon 멜론 sweet, watermelon 수박 sweet, lemon 레몬 sour, banana 바나나 long, kiwi 키위 green, cherries 체리 red',
  vegetable: 'carrot 당근 root, onion 양파 tears, garlic 마늘 smell, cucumber 오이 green',
  food: 'bread 빵 oven, pizza 피자 oven, taco 타코 mexico, sushi 초밥 japan, pie 파이 oven',
  drink: 'milk 우유 white, tea 차 leaf, coffee 커피 bean, beer 맥주 glass',
  building: 'house 집 home, old house 낡은 집 home, school 학교 learn, church 교회 cross, castle 성 king',
  vehicle: 'bus 버스 road, minibus 미니버스 road, rocket 로켓 space, tractor 트랙터 farm, canoe 카누 paddle',
  weather: 'rain 비 wet, snow 눈 cold, rainbow 무지개 colour, comet 혜성 tail',
  sport: 'baseball 야구공 bat, skis 스키 winter, badminton 배드민턴 racket, lacrosse 라크로스 net',
  clothing: 'scarf 스카프 neck, socks 양말 foot, gloves 장갑 hand, jeans 바지 leg',
  instrument: 'harp 하프 strings, flute 플루트 wind, drum 드럼 beat, piano 피아노 keys',
  tool: 'hammer 망치 nail, saw 톱 cut, axe 도끼 cut, ladder 사다리 climb',
  device: 'laptop 노트북 work, printer 프린터 paper, camera 카메라 photo, radio 라디오 waves',
};

function concept(text: string, category: CategoryName, at: number): Concept {
  const [, name, korean, tags] = /^([a-z ]+?) ([가-힣 ]+) ([a-z ]+)$/.exec(text) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const [code, group, subgroup] = [at.toString(16), 1, `subgroup of ${category}`];
  return { name, korean, code, tags: tags.split(' '), koreanTags: [], group, subgroup, category };
}

export const concepts: readonly Concept[] = [
  ...Object.entries(THINGS).flatMap(([category, list], k) =>
    list.split(', ').map((text, i) => concept(text, category as CategoryName, 100 * k + i)),
  ),
  { ...concept('door 문 wood', 'tool', 9999), category: null, subgroup: 'household' },
];

/** Every concept has every style, but the flamingo lacks two; squid and octopus look alike. */
export const facts: PictureFacts = {
  styles: (name) => (name === 'flamingo' ? STYLES.filter((style) => !['blobs', 'emojione'].includes(style)) : STYLES),
  resemblance: (a, b) => (['squid', 'octopus'].includes(a) && ['squid', 'octopus'].includes(b) ? 0.9 : 0.1),
};

export const split: Split = makeSplit(concepts, facts, 4);
export const tokenizer: Tokenizer = new Tokenizer(trainTokenizer(concepts, 1, 900));

/** The real data, where it is installed (GLASS_FLAMINGO_DATA or .data); null elsewhere. */
export const dataFolder: string | null =
  [process.env.GLASS_FLAMINGO_DATA, '.data'].find((path) => path !== undefined && existsSync(`${path}/node_modules`)) ??
  null;
