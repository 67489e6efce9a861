// Every shared component in each of its states, and the tokens they are made of: what is used elsewhere, not a copy.

import { useState } from "react";
import { Activity, Bell, Download, ImagePlus, MoreHorizontal, Palette, Plus, SlidersHorizontal, Trash2 } from "lucide-react";
import { DropdownMenu, Popover } from "@radix-ui/themes";
import { toast } from "sonner";
import { OneMore } from "../chips.jsx";
import { Labels } from "../describe.jsx";
import { Confirm, CopyBox, Dialog, FormError, Gated, PasswordField, SelectField, TextField } from "../forms.jsx";
import { Curves } from "../learn/chart.jsx";
import { Balance, State, STATES, Worth, tint } from "../learn/parts.jsx";
import { Face } from "../menu.jsx";
import { undoing } from "../offers.js";
import { Rating } from "../rating.jsx";
import { Page, Section, Tabs, Waiting } from "../reading.jsx";
import { LayoutChoice, SizeSlider, SortMenu } from "../toolbar.jsx";
import { Bar, IconButton, Trouble } from "../ui.jsx";
import { Pictures } from "./pictures.jsx";
import { Colours, Sizes } from "./tokens.jsx";

const ERROR = { title: "The picture is too large", message: "It has 300 megapixels; 250 can be taken.", remedy: "Make it smaller, or raise the limit in the settings." };
const ICONS = [
  [{}, "as it is"],
  [{ "aria-pressed": true }, "pressed"],
  [{ disabled: true }, "off"],
];
const curve = (from, to) => Array.from({ length: 12 }, (_, at) => [at * 10, to + (from - to) * Math.exp(-at / 3)]);

/** What something looks like in a state, and the words for that state. */
function Shown({ words, children, wide }) {
  return (
    <figure className={`ds-shown${wide ? " ds-wide" : ""}`}>
      <div>{children}</div>
      <figcaption className="dr-caption">{words}</figcaption>
    </figure>
  );
}

function Group({ title, hint, children }) {
  return (
    <Section id={`ds-${title.toLowerCase().replaceAll(" ", "-")}`} title={title} hint={hint}>
      <div className="ds-group">{children}</div>
    </Section>
  );
}

function Buttons() {
  return (
    <Group title="Buttons" hint="One main button on a page or dialog; what destroys is red and asks before.">
      {[["dr-button-main", "main"], ["", "plain"], ["dr-button-quiet", "quiet"], ["dr-button-danger", "destroys"], ["dr-button-small", "small"]].map(([name, words]) => (
        <Shown key={words} words={words}>
          <button type="button" className={`dr-button ${name}`}>
            <Plus size={15} aria-hidden /> Collection
          </button>
          <button type="button" className={`dr-button ${name}`} disabled>
            Off
          </button>
        </Shown>
      ))}
      <Shown words="link">
        <button type="button" className="dr-link">
          Clear
        </button>
      </Shown>
      <Shown words="for others: says why">
        <Gated permission="nobody:may" className="dr-button">
          Refused
        </Gated>
      </Shown>
      {ICONS.map(([state, words]) => (
        <Shown key={words} words={`icon, ${words}`}>
          <IconButton icon={SlidersHorizontal} label={`Filters, ${words}`} {...state} />
        </Shown>
      ))}
    </Group>
  );
}

function Fields() {
  const [secret, setSecret] = useState("correct horse battery");
  const [size, setSize] = useState(200);
  const [layout, setLayout] = useState("grid");
  const [choice, setChoice] = useState("keep");
  return (
    <Group title="Fields" hint="Words above, what helps or what is wrong below.">
      <Shown words="empty" wide>
        <TextField label="Name" hint="Programs call it by this name." placeholder="Autumn" />
      </Shown>
      <Shown words="wrong" wide>
        <TextField label="Name, taken" defaultValue="Autumn" error="There is a collection of this name. Choose another." />
      </Shown>
      <Shown words="off" wide>
        <TextField label="Name, fixed" defaultValue="Autumn" disabled />
      </Shown>
      <Shown words="one of several" wide>
        <SelectField label="Metadata" value={choice} options={[["keep", "Keep all"], ["none", "Keep none"]]} onChange={setChoice} />
      </Shown>
      <Shown words="a new password" wide>
        <PasswordField label="New password" fresh value={secret} email="" onChange={setSecret} />
      </Shown>
      <Shown words="shown once, to be copied" wide>
        <CopyBox label="Token" value="dr_5Yb2…" />
      </Shown>
      <Shown words="slider">
        <SizeSlider value={size} onChange={setSize} />
      </Shown>
      <Shown words="one of few">
        <LayoutChoice value={layout} onChange={setLayout} />
      </Shown>
      <Shown words="what went wrong with a form" wide>
        <FormError error={ERROR} />
      </Shown>
    </Group>
  );
}

function Marks() {
  const [stars, setStars] = useState(3);
  const [label, setLabel] = useState("green");
  const [on, setOn] = useState(true);
  return (
    <Group title="Chips and marks">
      <Shown words="chip">
        <button type="button" className="dr-chip" aria-pressed={on} onClick={() => setOn(!on)}>
          Geometry
        </button>
        <button type="button" className="dr-chip" aria-pressed={!on} onClick={() => setOn(!on)}>
          Light
        </button>
      </Shown>
      <Shown words="tag, and one more">
        <span className="dr-tag">forest</span>
        <OneMore label="Tags" placeholder="Add a tag" known={[{ name: "ocean", count: 12 }]} fresh="New tag" onAdd={() => {}} />
      </Shown>
      {Object.keys(STATES).map((state) => (
        <Shown key={state} words={state}>
          <State state={state} />
        </Shown>
      ))}
      <Shown words="badge that warns">
        <span className="dr-badge dr-badge-warn">Blurred</span>
      </Shown>
      {["good", "busy", "wait", "bad"].map((tone) => (
        <Shown key={tone} words={tone}>
          <i className={`dr-dot dr-dot-${tone}`} aria-hidden />
        </Shown>
      ))}
      <Shown words="rating">
        <Rating value={stars} onRate={setStars} />
      </Shown>
      <Shown words="rating, large">
        <Rating large value={stars} onRate={setStars} />
      </Shown>
      <Shown words="colour label">
        <Labels value={label} onChoose={setLabel} />
      </Shown>
      <Shown words="somebody">
        <Face name="Ada Lovelace" />
      </Shown>
      <Shown words="only this machine">
        <Face name="" owner />
      </Shown>
      <Shown words="key">
        <kbd>?</kbd>
      </Shown>
    </Group>
  );
}

function Opening() {
  const [open, setOpen] = useState("");
  const [sort, setSort] = useState("name");
  const close = () => setOpen("");
  return (
    <Group title="Menus, dialogs and notices" hint="What opens gives the focus back when it closes.">
      <Shown words="menu">
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger>
            <button type="button" className="dr-icon-button" aria-label="More">
              <MoreHorizontal size={17} aria-hidden />
            </button>
          </DropdownMenu.Trigger>
          <DropdownMenu.Content variant="soft" color="gray">
            <DropdownMenu.Item>
              <Download size={14} aria-hidden /> Download
            </DropdownMenu.Item>
            <DropdownMenu.Item color="red">
              <Trash2 size={14} aria-hidden /> Take away
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Root>
      </Shown>
      <Shown words="order">
        <SortMenu value={sort} options={[["name", "Name, A to Z"], ["-bytes", "Largest first"]]} onChange={setSort} />
      </Shown>
      <Shown words="beside its button">
        <Popover.Root>
          <Popover.Trigger>
            <button type="button" className="dr-button">
              <Bell size={15} aria-hidden /> Status
            </button>
          </Popover.Trigger>
          <Popover.Content className="dr-popover" aria-label="An example">
            All services work.
          </Popover.Content>
        </Popover.Root>
      </Shown>
      <Shown words="dialog">
        <button type="button" className="dr-button" onClick={() => setOpen("form")}>
          Form
        </button>
        <button type="button" className="dr-button dr-button-danger" onClick={() => setOpen("sure")}>
          Question
        </button>
      </Shown>
      <Shown words="notices">
        <button type="button" className="dr-button" onClick={() => toast.success("3 pictures tagged forest", undoing(() => {}))}>
          Done
        </button>
        <button type="button" className="dr-button" onClick={() => toast.error(ERROR.title, { description: `${ERROR.message} ${ERROR.remedy}` })}>
          Wrong
        </button>
        <button type="button" className="dr-button" onClick={() => toast("Choose a picture first.")}>
          Said
        </button>
      </Shown>
      {open === "form" && (
        <Dialog title="New collection" onClose={close}>
          <TextField label="Name" />
        </Dialog>
      )}
      {open === "sure" && <Confirm title="Take it away?" words="The pictures in it stay in the library." verb="Take away" onClose={close} onConfirm={async () => {}} />}
    </Group>
  );
}

function Waits() {
  return (
    <Group title="Progress, waiting and nothing">
      <Shown words="so far" wide>
        <Bar value={3} of={8} label="Pictures" />
      </Shown>
      <Shown words="of unknown length" wide>
        <Bar value={1} of={1} label="Working" className="dr-progress-busy" />
      </Shown>
      <Shown words="not read yet" wide>
        <Waiting rows={3} />
      </Shown>
      <Shown words="could not be read" wide>
        <Trouble error={ERROR} onRetry={() => {}} />
      </Shown>
      <Shown words="nothing yet: one way on" wide>
        <div className="dr-empty">
          <ImagePlus size={40} strokeWidth={1.25} aria-hidden />
          <h2>No collection yet</h2>
          <p>Choose pictures in the gallery and press C.</p>
          <button type="button" className="dr-button">
            To the gallery
          </button>
        </div>
      </Shown>
    </Group>
  );
}

function Figures() {
  const series = [
    { name: "learning", points: curve(1.4, 0.3), tone: tint(0) },
    { name: "validation", points: curve(1.5, 0.6), tone: tint(1), dots: true },
  ];
  return (
    <Group title="Figures">
      <Shown words="a figure and its interval" wide>
        <dl className="dl-worths">
          <Worth metric={{ name: "accuracy", value: 0.82, low: 0.74, high: 0.89 }} />
        </dl>
      </Shown>
      <Shown words="how many of each" wide>
        <Balance large labels={["forest", "ocean", "mountains"]} counts={[12, 9, 5]} />
      </Shown>
      <Shown words="curves; arrows read them" wide>
        <Curves title="Loss" series={series} height={160} />
      </Shown>
    </Group>
  );
}

export function Design() {
  return (
    <Page title="Design" lead="Every shared component in each of its states, and what they are made of." above={<Tabs label="Design" pages={[["/design", "Components", Palette], ["/activity", "Activity", Activity]]} />}>
      <Colours />
      <Sizes />
      <Buttons />
      <Fields />
      <Marks />
      <Opening />
      <Waits />
      <Pictures />
      <Figures />
    </Page>
  );
}
