// The page of collections: made, named, filled and taken away; and the dialog that keeps a view as one.

import { useState } from "react";
import { FolderPlus, FolderTree, Images, MoreHorizontal, Pencil, Sparkles, Trash2 } from "lucide-react";
import { DropdownMenu } from "@radix-ui/themes";
import { Link, useNavigate } from "react-router";
import { fileUrl, request } from "./api.js";
import { finished, offer, undo } from "./bulk.js";
import { inTree, readCollections, useCollections } from "./collections.js";
import { plural } from "./format.js";
import { Confirm, Dialog, FormError, Gated, SelectField, TextField, complain, useAct } from "./forms.jsx";
import { useShortcuts } from "./hotkeys.js";
import { documentOf, writeView } from "./query.js";
import { placeOf } from "./looks.js";
import { OrganisePage } from "./organise.jsx";

const WRITE = "images:write";

/** Makes a collection, or changes one; with `query` a new one is smart. */
export function CollectionForm({ collection, query, look, all = [], onClose, onDone }) {
  const [name, setName] = useState(collection?.name || "");
  const [description, setDescription] = useState(collection?.description || "");
  const [parent, setParent] = useState(collection?.parent || "");
  const { busy, error, run } = useAct();
  // Inside itself or below itself it cannot lie; what is smart holds nothing.
  const inside = new Set(collection ? [collection.id] : []);
  for (const one of inTree(all)) if (inside.has(one.parent)) inside.add(one.id);
  const parents = inTree(all).filter((one) => one.kind === "manual" && !inside.has(one.id));
  const save = async (event) => {
    event.preventDefault();
    const body = { name, description, parent: parent || null };
    const saved = await run(() =>
      collection
        ? request(`/collections/${collection.id}`, { method: "PATCH", body, revision: collection.revision })
        : request("/collections", { method: "POST", body: { ...body, ...(query && { query, look }) } }),
    );
    if (!saved) return;
    await readCollections().catch(() => {});
    onClose();
    onDone?.(saved);
  };
  return (
    <Dialog title={collection ? "Change the collection" : query ? "Keep this view" : "New collection"} onClose={onClose}>
      <form className="dr-form" onSubmit={save}>
        {query && <p className="dr-muted">It shows whatever fits the search and the filters, whenever you look, laid out as it is now.</p>}
        <TextField label="Name" required maxLength={120} value={name} onChange={(event) => setName(event.target.value)} />
        <TextField label="What it is for" maxLength={2000} value={description} onChange={(event) => setDescription(event.target.value)} />
        {parents.length > 0 && <SelectField label="Lies in" value={parent} options={[["", "Nothing: at the top"], ...parents.map((one) => [one.id, `${"\u2003".repeat(one.depth)}${one.name}`])]} onChange={setParent} />}
        <FormError error={error} />
        <footer className="dr-dialog-foot">
          <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="dr-button dr-button-main" disabled={busy || !name.trim()}>
            {collection ? "Save" : query ? "Keep" : "Make"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function Card({ collection, path, onEdit, onDelete }) {
  const Mark = collection.kind === "smart" ? Sparkles : Images;
  return (
    <li className="dr-collection">
      <Link to={placeOf(collection)} aria-label={`${collection.name}, ${plural(collection.images, "picture")}`}>
        <div className="dr-collection-cover">{collection.cover ? <img src={fileUrl(collection.cover, "preview")} alt="" loading="lazy" draggable={false} /> : <Mark size={30} strokeWidth={1.25} aria-hidden />}</div>
        <div className="dr-collection-words">
          <strong>{collection.name}</strong>
          <span>
            {collection.kind === "smart" && <Sparkles size={12} aria-label="Smart" />}
            {plural(collection.images, "picture")}
            {path && ` · in ${path}`}
          </span>
        </div>
      </Link>
      {collection.may_change && (
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger>
            <button type="button" className="dr-icon-button dr-collection-menu" aria-label={`More for ${collection.name}`}>
              <MoreHorizontal size={17} aria-hidden />
            </button>
          </DropdownMenu.Trigger>
          <DropdownMenu.Content align="end" variant="soft" color="gray">
            <DropdownMenu.Item onSelect={onEdit}>
              <Pencil size={14} aria-hidden /> Change
            </DropdownMenu.Item>
            <DropdownMenu.Item onSelect={onDelete} color="red">
              <Trash2 size={14} aria-hidden /> Take away
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Root>
      )}
    </li>
  );
}

export function Collections() {
  const all = useCollections();
  const navigate = useNavigate();
  const [form, setForm] = useState(null);
  const [gone, setGone] = useState(null);
  const names = new Map((all || []).map((one) => [one.id, one.name]));
  const remove = async () => {
    const { id, name, revision } = gone;
    const began = await request(`/collections/${id}`, { method: "DELETE", revision });
    await readCollections();
    // Gone it is already: what goes on is that many pictures forget it.
    const words = `${name} is taken away. Its pictures stay.`;
    finished(began, words).then((work) => offer(work, words, `${name} is back, with its pictures.`, readCollections), complain);
  };
  useShortcuts("Collections", [{ keys: ["Mod+z"], words: "Take the last change back", act: () => undo().then(readCollections) }]);
  return (
    <OrganisePage
      title="Collections"
      tools={
        <Gated permission={WRITE} className="dr-button dr-button-main" onClick={() => setForm({})}>
          <FolderPlus size={16} aria-hidden /> New collection
        </Gated>
      }
    >
      {all === null && (
        <ul className="dr-collections" aria-hidden>
          {Array.from({ length: 6 }, (_, at) => (
            <li key={at} className="dr-collection">
              <i className="dr-skeleton dr-collection-cover" />
            </li>
          ))}
        </ul>
      )}
      {all?.length === 0 && (
        <div className="dr-empty">
          <FolderTree size={40} strokeWidth={1.25} aria-hidden />
          <h2>No collection yet</h2>
          <p>Put pictures together by hand: choose some in the gallery and press C. Or search and filter, and keep the view: it then shows whatever fits.</p>
          <button type="button" className="dr-button" onClick={() => navigate("/")}>
            To the gallery
          </button>
        </div>
      )}
      {all?.length > 0 && (
        <ul className="dr-collections">
          {inTree(all).map((one) => (
            <Card key={one.id} collection={one} path={names.get(one.parent)} onEdit={() => setForm(one)} onDelete={() => setGone(one)} />
          ))}
        </ul>
      )}
      {form && <CollectionForm collection={form.id ? form : null} all={all || []} onClose={() => setForm(null)} />}
      {gone && <Confirm title={`Take ${gone.name} away?`} words="The pictures in it stay in the library, and it can be undone. Roles and rules that hold in it must be taken away before." verb="Take away" onClose={() => setGone(null)} onConfirm={remove} />}
    </OrganisePage>
  );
}

/** Keeps the present view as a smart collection. */
export function KeepView({ view, look, all, onClose }) {
  const navigate = useNavigate();
  return <CollectionForm query={documentOf(writeView(view))} look={look} all={all} onClose={onClose} onDone={(made) => navigate(placeOf(made))} />;
}
