// No picture yet: choose one.

import { useState } from "react";
import { Link } from "react-router";
import { SlidersHorizontal } from "lucide-react";
import { Trouble } from "../ui.jsx";
import { PictureTiles, usePictures } from "./reference.jsx";

export function Empty({ onChoose }) {
  const [words, setWords] = useState("");
  const { items, error } = usePictures(words, 18);
  return (
    <main className="dv-empty" id="content" tabIndex={-1}>
      <SlidersHorizontal size={30} strokeWidth={1.4} aria-hidden />
      <h1>Choose a picture to develop</h1>
      <p className="dr-muted">What you do is a list of steps beside it. The original never changes.</p>
      <input className="dr-input" type="search" aria-label="Search pictures" placeholder="Search names, tags, cameras" value={words} onChange={(event) => setWords(event.target.value)} />
      {error ? <Trouble error={error} /> : <PictureTiles items={items} onChoose={onChoose} />}
      {items?.length === 0 && (
        <p>
          {words ? "No picture fits." : "There are no pictures yet."} <Link to="/">Go to the gallery</Link>
        </p>
      )}
    </main>
  );
}
