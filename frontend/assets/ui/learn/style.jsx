// What a style is learnt from: its picture, and what tells it from others.

import { useMemo } from "react";
import { PictureField } from "../develop/reference.jsx";
import { Field, TextField } from "../forms.jsx";
import { HUB, eyesOf } from "./given.js";
import { useFollow } from "./parts.jsx";

const STYLED = "The picture whose style is learnt";
const LOOKS = "Its maps show larger forms than patches do, and it takes longer. The painter does without it once it is learnt.";
const PATCHES = "Colours and strokes of 7 x 7 pixels at four scales: good for most.";
const NONE = `${PATCHES} A classifier that is trained here would stand in this list too, and so would a network in the folder backbones of the home folder.`;

/** By what the style is told apart: patches of pixels, or what a network sees that you or others trained. */
function Eyes({ value, hub, wrong, onChange, onHub }) {
  const [{ data: shelf }] = useFollow("/backbones", []);
  const [{ data: models }] = useFollow("/models?limit=500", ["models"]);
  const groups = useMemo(() => eyesOf(models?.items || [], shelf?.features || []), [models, shelf]);
  const none = shelf && models && !groups.length && !shelf.hub;
  return (
    <>
      <Field label="The style is told apart by" error={value === HUB ? "" : wrong} hint={value ? LOOKS : none ? NONE : PATCHES}>
        {(bound) => (
          <select {...bound} className="dr-input dr-select" value={value} onChange={(event) => onChange(event.target.value)}>
            <option value="">patches of pixels</option>
            {groups.map(([words, options]) => (
              <optgroup key={words} label={words}>
                {options.map(([name, said]) => (
                  <option key={name} value={name}>
                    {said}
                  </option>
                ))}
              </optgroup>
            ))}
            {shelf?.hub && <option value={HUB}>a network from the hub…</option>}
          </select>
        )}
      </Field>
      {value === HUB && <TextField label="Owner and name of the network on the hub" placeholder="microsoft/resnet-18" maxLength={190} value={hub} error={wrong} onChange={(event) => onHub(event.target.value)} />}
    </>
  );
}

export function StyleFields({ more, set, wrong }) {
  return (
    <div className="dl-style">
      <Field label={STYLED} error={wrong("style")} hint="Brushwork, a print, a texture: strokes and colours are learnt, not what it shows.">
        {(bound) => <PictureField field={{ label: STYLED, required: true }} value={more.style} bound={bound} onChange={(style) => set({ ...more, style })} />}
      </Field>
      <div className="dl-eyes">
        <Eyes value={more.features} hub={more.features_hub} wrong={wrong("features")} onChange={(features) => set({ ...more, features })} onHub={(hub) => set({ ...more, features_hub: hub })} />
      </div>
    </div>
  );
}
