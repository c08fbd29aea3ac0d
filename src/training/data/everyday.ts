/**
 * A hundred things that people try first. At most three of them are held out, and the flamingo, the showcase, is one:
 * the split draws its novel concepts, and with them their relatives, among rarer things.
 */
export const EVERYDAY: readonly string[] = [
  ...['dog', 'cat', 'horse', 'cow', 'pig', 'rabbit', 'mouse', 'bear', 'panda', 'lion', 'tiger', 'elephant', 'monkey'],
  ...['frog', 'snake', 'turtle', 'fox', 'chicken', 'duck', 'penguin', 'owl', 'flamingo'],
  ...['whale', 'fish', 'octopus', 'crab', 'butterfly', 'honeybee', 'spider', 'snail'],
  ...['rose', 'sunflower', 'tree', 'palm tree', 'cactus', 'mushroom'],
  ...['grapes', 'watermelon', 'lemon', 'banana', 'pineapple', 'red apple', 'peach', 'cherries'],
  ...['strawberry', 'tomato', 'carrot', 'corn'],
  ...['bread', 'cheese', 'hamburger', 'french fries', 'pizza', 'hot dog', 'egg', 'doughnut', 'cookie', 'birthday cake'],
  ...['ice cream', 'milk', 'coffee', 'tea', 'beer'],
  ...['house', 'school', 'hospital', 'castle', 'car', 'bus', 'train', 'airplane', 'helicopter', 'bicycle'],
  ...['motorcycle', 'ship', 'rocket', 'sun', 'star', 'cloud', 'rain', 'snowman', 'rainbow', 'umbrella'],
  ...['soccer ball', 'basketball', 'glasses', 't-shirt', 'jeans', 'dress', 'shoe', 'hat', 'crown', 'backpack'],
  ...['guitar', 'piano', 'phone', 'computer', 'laptop', 'television', 'camera'],
];
