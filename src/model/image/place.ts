/** Places of pictures as prompts on the disk and command lines name them: paths, and addresses. */

/** Whether it is an address, as `loadPicture` takes them, and no path. */
export function isAddress(place: string): boolean {
  return /^(https?|file|data):/i.test(place);
}

/** The name of a picture's file, as it is shown; of a `data:` address, which holds the whole file, the kind. */
export function pictureName(place: string): string {
  if (/^data:/i.test(place)) return place.split(/[;,]/, 1)[0] as string;
  const path = isAddress(place) && URL.canParse(place) ? new URL(place).pathname : place;
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? place;
}

/** What errors call a picture: its whole place, but not the whole file that an address may hold. */
export function pictureTitle(place: string): string {
  return /^data:/i.test(place) ? pictureName(place) : place;
}
