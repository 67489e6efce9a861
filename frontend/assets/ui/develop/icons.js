// A picture for each family of operations.

import { Aperture, Contrast, Crop, FileOutput, Filter, Layers, Palette, Sparkles, Sun, Wand2 } from "lucide-react";

const ICONS = { geometry: Crop, light: Sun, colour: Palette, detail: Aperture, hdr: Contrast, compose: Layers, effects: Sparkles, learned: Wand2, filters: Filter, output: FileOutput };

export const iconOf = (category) => ICONS[category] || Filter;
