/** Families whose members look alike though their names do not tell (training-recipe, Data: about 14). Normalised names. */
export const FAMILIES: readonly RegExp[] = [
  /\b(train|locomotive|metro|tram|monorail|railway|light rail|tram car|station)\b/,
  /\b(car|automobile|taxi|jeep|ambulance|fire engine|truck|pickup|racing car)\b/,
  /\b(bus|trolleybus|minibus)\b/,
  /\b(cow|ox|water buffalo|bison)\b/,
  /\b(mouse|rat|hamster|chipmunk|beaver|rabbit)\b(?!.*trap)/,
  /\b(ram|ewe|goat|llama)\b/,
  /\b(ship|ferry|passenger ship)\b/,
  /\b(sailboat|speedboat|motor boat|canoe)\b/,
  /\b(monkey|gorilla|orangutan)\b/,
  /\b(dog|poodle|wolf|fox|guide dog)\b(?<!hot dog)/,
  /\b(cat|lion|tiger|leopard|black cat)\b/,
  /\b(pig|boar|pig nose)\b/,
  /\b(bicycle|motorcycle|scooter|motor scooter|kick scooter)\b/,
  /\b(crocodile|lizard|snake|dragon|dinosaur|sauropod|t rex|turtle)\b/,
];
