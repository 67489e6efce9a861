// What can be wrong with a version of a dataset: a name, and what is meant.

import { number } from "../format.js";

export const ISSUES = {
  exact_duplicate: ["Exact duplicates", "The same picture in other bytes"],
  near_duplicate: ["Near duplicates", "Almost the same as a better one"],
  damaged: ["Damaged", "The decoder complained"],
  blurred: ["Blurred", "No crisp edge anywhere"],
  dark: ["Dark", "Hardly any light"],
  overexposed: ["Over-exposed", "Burnt out, or almost white"],
  low_information: ["Little to be seen", "One tone almost everywhere"],
  low_contrast: ["Little contrast", "Tones that lie close together"],
  odd_aspect: ["Odd aspect", "Much longer or taller than the others"],
  odd_size: ["Odd size", "Much larger or smaller than the others"],
  outlier: ["Unlike their class", "Far from what else the class shows"],
  suspect: ["Labels to doubt", "Models are sure of another class"],
  leak: ["Leaks", "Near duplicates or a group in several splits"],
  unlabelled: ["Nothing said", "No training takes them"],
  imbalance: ["Imbalance", "The commonest class beside the rarest"],
};

/** A value of an issue, as people read it. */
export const told = (issue, value) => (issue === "imbalance" ? `${number(value)} to 1` : `${number(value * 100)} %`);
