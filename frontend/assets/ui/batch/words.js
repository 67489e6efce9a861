// Words for what is not done yet. Kept apart from React so that they can be tested.

/** What will be, of the words for what was done. */
export const willBe = (words) => (words.startsWith("no longer ") ? `will no longer be ${words.slice(10)}` : `will be ${words}`);
